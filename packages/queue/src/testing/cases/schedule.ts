import assert from 'node:assert/strict';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

const HOUR = 3_600_000;

export const scheduleCases: readonly QueueAdapterCase[] = [
  {
    name: 'a scheduled job starts at its moment, not a millisecond earlier',
    needs: ['scheduling'],
    async run(context) {
      const { harness } = context;
      const moment = harness.now() + 5000;
      const { probe } = context.work();
      const job = await context.add({ scheduledFor: moment });
      assert.deepEqual(
        [job.status, job.scheduledFor, job.nextRunAt],
        ['scheduled', new Date(moment), new Date(moment)],
      );
      assert.equal((await harness.inspect(job.id))?.status, 'scheduled');
      await context.advance(moment - harness.now() - 1);
      assert.deepEqual(probe.startedIds, []);
      await context.advance(1 + harness.limits.toleranceMs);
      await context.started(probe);
      const { at } = probe.latest();
      assert.ok(at >= moment, `started ${moment - at} ms early`);
      assert.ok(at <= moment + harness.limits.toleranceMs, `started ${at - moment} ms late`);
      assert.deepEqual((await context.job(job.id)).scheduledFor, new Date(moment));
    },
  },
  {
    name: 'a job scheduled for the past or for now runs now',
    needs: ['scheduling'],
    async run(context) {
      const now = context.harness.now();
      const jobs = await context.addAll([{ scheduledFor: now - HOUR }, { scheduledFor: now }]);
      assert.deepEqual(
        jobs.map(({ status }) => status),
        ['pending', 'pending'],
      );
      const { probe } = context.work();
      await context.started(probe, 2);
    },
  },
  {
    name: 'scheduled jobs run in the order of their moments, not of adding',
    needs: ['scheduling'],
    async run(context) {
      const now = context.harness.now();
      const { probe } = context.work({ behave: () => null });
      for (const delay of [3000, 1000, 2000])
        await context.add({ name: `after ${delay}`, scheduledFor: now + delay });
      await context.advance(3000 + context.harness.limits.toleranceMs);
      await context.started(probe, 3);
      assert.deepEqual(
        probe.starts.map((start) => start.context.job.name),
        ['after 1000', 'after 2000', 'after 3000'],
      );
    },
  },
  {
    name: 'a job scheduled sooner is not held up by one added before it',
    needs: ['scheduling'],
    async run(context) {
      const now = context.harness.now();
      const { probe } = context.work();
      await context.add({ scheduledFor: now + HOUR });
      await context.quiet();
      const sooner = await context.add({ scheduledFor: now + 1000 });
      await context.advance(1000 + context.harness.limits.toleranceMs);
      await context.started(probe);
      assert.equal(probe.latest().jobId, sooner.id);
    },
  },
  {
    name: 'a job scheduled further ahead than the longest timer does not run at once',
    needs: ['scheduling'],
    async run(context) {
      const { probe } = context.work();
      const job = await context.add({ scheduledFor: context.harness.now() + 60 * 24 * HOUR });
      await context.advance(2000);
      assert.deepEqual(probe.startedIds, []);
      assert.equal((await context.harness.inspect(job.id))?.status, 'scheduled');
    },
  },
  {
    name: 'a scheduled job runs once',
    needs: ['scheduling'],
    async run(context) {
      const { probe } = context.work({ behave: () => null });
      const job = await context.add({ scheduledFor: context.harness.now() + 500 });
      await context.advance(500 + context.harness.limits.toleranceMs);
      await context.reaches(job.id, 'completed');
      await context.advance(3000);
      assert.equal(probe.timesStarted(job.id), 1);
    },
  },
  {
    name: 'a job whose moment came while no worker ran starts with the next worker',
    needs: ['scheduling'],
    async run(context) {
      const job = await context.add({ scheduledFor: context.harness.now() + 500 });
      await context.advance(2000);
      const { probe } = context.work();
      await context.started(probe);
      assert.equal(probe.latest().jobId, job.id);
    },
  },
  {
    name: 'a moment that is no number is refused',
    needs: ['scheduling'],
    async run(context) {
      await context.refuses(context.adapter.add([context.plain({ scheduledFor: Number.NaN })]));
    },
  },
  {
    name: 'a job for later is refused, because the adapter cannot schedule',
    lacks: 'scheduling',
    async run(context) {
      const later = context.plain({ scheduledFor: context.harness.now() + HOUR });
      await context.refuses(context.adapter.add([later]), 'QUEUE_UNSUPPORTED');
    },
  },
];
