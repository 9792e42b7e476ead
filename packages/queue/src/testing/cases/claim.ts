import assert from 'node:assert/strict';
import type { JobDelivery } from '../../job.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

export const claimCases: readonly QueueAdapterCase[] = [
  {
    name: 'an idle worker starts a job as soon as it is added',
    async run(context) {
      const { probe } = context.work();
      await context.quiet();
      const job = await context.add({ payload: { to: 'ada' } });
      await context.started(probe);
      assert.equal(probe.latest().jobId, job.id);
      assert.deepEqual(probe.latest().context.job.payload, { to: 'ada' });
      assert.equal(probe.latest().context.attempt, 1);
    },
  },
  {
    name: 'a worker runs the jobs that waited before it started',
    async run(context) {
      const jobs = await context.addAll([{}, {}, {}]);
      context.work({ behave: () => null });
      for (const { id } of jobs) await context.reaches(id, 'completed');
    },
  },
  {
    name: 'jobs of one priority run oldest first',
    async run(context) {
      const oldest = await context.addAll([{}, {}, {}]);
      await context.advance(10);
      const newest = await context.addAll([{}, {}]);
      const { probe } = context.work({ concurrency: 1, behave: () => null });
      await context.started(probe, 5);
      assert.deepEqual(
        probe.startedIds,
        [...oldest, ...newest].map(({ id }) => id),
      );
    },
  },
  {
    name: 'a job in hand is processing, counted and stamped',
    async run(context) {
      const { probe, worker } = context.work();
      const added = await context.add();
      await context.started(probe);
      const job = await context.reaches(added.id, 'processing');
      assert.deepEqual(await context.harness.inspect(job.id), { status: 'processing', attempts: 1 });
      assert.equal(job.nextRunAt, null);
      assert.ok(job.startedAt);
      const [entry, ...others] = job.attemptLog;
      assert.deepEqual(others, []);
      assert.deepEqual(
        [entry?.attempt, entry?.workerId, entry?.outcome, entry?.finishedAt, entry?.error],
        [1, worker.id, 'running', null, null],
      );
      assert.equal(worker.running, 1);
    },
  },
  {
    name: 'a completed job keeps its result and never runs again',
    async run(context) {
      const job = await context.runOnce({ maxRetries: 5 }, { result: { sent: 2 } });
      assert.equal(job.status, 'completed');
      assert.deepEqual([job.result, job.error, job.nextRunAt, job.attempts], [{ sent: 2 }, null, null, 1]);
      assert.ok(job.completedAt);
      assert.equal(job.attemptLog[0]?.outcome, 'completed');
      const { probe } = context.work();
      await context.advance(1000);
      assert.deepEqual(probe.startedIds, []);
    },
  },
  {
    name: 'a handler that returns nothing completes its job with a null result',
    async run(context) {
      const job = await context.runOnce({}, {});
      assert.deepEqual([job.status, job.result], ['completed', null]);
    },
  },
  {
    name: 'a worker takes jobs from its own queues only',
    async run(context) {
      const [mail, , push] = await context.addAll([{ queue: 'mail' }, { queue: 'sms' }, { queue: 'push' }]);
      const { probe } = context.work({ queues: ['mail', 'push'] });
      await context.started(probe, 2);
      assert.deepEqual(probe.startedIds.toSorted(), [mail?.id, push?.id].toSorted());
    },
  },
  {
    name: 'every one of 300 jobs runs exactly once',
    async run(context) {
      const jobs = await context.addAll(Array.from({ length: 300 }, () => ({})));
      const { probe } = context.work({ concurrency: 20, behave: () => null });
      await context.started(probe, 300);
      assert.deepEqual(new Set(probe.startedIds), new Set(jobs.map(({ id }) => id)));
      await context.until(
        async () => (await context.adapter.getStats()).completed === 300,
        'all are completed',
      );
    },
  },
  {
    name: 'a worker leaves the queues alone that it is told to, though they are named as well',
    async run(context) {
      const names = ['paused', 'mail', 'push'];
      await context.addAll(names.map((queue) => ({ queue })));
      const onlyMail = context.work({
        queues: ['mail', 'paused'],
        exceptQueues: ['paused'],
        behave: () => null,
      });
      await context.started(onlyMail.probe, 1);
      assert.equal(onlyMail.probe.latest().context.job.queue, 'mail');
      await context.inTime(onlyMail.worker.stop(), 'the worker stops');
      const { probe } = context.work({ exceptQueues: ['paused'], behave: () => null });
      await context.started(probe, 1);
      await context.addAll(names.map((queue) => ({ queue })));
      await context.started(probe, 3);
      assert.deepEqual(probe.starts.map((start) => start.context.job.queue).toSorted(), [
        'mail',
        'push',
        'push',
      ]);
      assert.equal((await context.adapter.getStats('paused')).pending, 2);
    },
  },
  {
    name: 'a worker that leaves a queue alone wakes for the jobs of others when they are due',
    needs: ['scheduling'],
    async run(context) {
      await context.add({ queue: 'paused' });
      const { probe } = context.work({ exceptQueues: ['paused'] });
      const mail = await context.add({ queue: 'mail', scheduledFor: context.harness.now() + 5000 });
      await context.advance(5000 + context.harness.limits.toleranceMs);
      await context.started(probe, 1);
      assert.equal(probe.latest().jobId, mail.id);
    },
  },
  {
    name: 'progress and log lines are stored while the job runs',
    async run(context) {
      const { probe } = context.work();
      const job = await context.add();
      await context.started(probe);
      const running = probe.latest().context;
      await context.inTime(running.progress(40, 'rendering'), 'progress is stored');
      await context.inTime(running.log('half way'), 'the line is stored');
      const seen = await context.job(job.id);
      assert.deepEqual(seen.progress, { percent: 40, step: 'rendering' });
      assert.deepEqual(
        seen.logs.map(({ attempt, message }) => ({ attempt, message })),
        [{ attempt: 1, message: 'half way' }],
      );
      assert.equal(seen.status, 'processing');
    },
  },
  {
    name: 'a job keeps the newest 100 lines of its log',
    async run(context) {
      const job = await context.add();
      const { worker } = context.work({
        behave: async ({ log }) => {
          for (let line = 1; line <= 105; line += 1) await log(`line ${line}`);
        },
      });
      await context.reaches(job.id, 'completed');
      const messages = (await context.job(job.id)).logs.map(({ message }) => message);
      assert.deepEqual(
        messages,
        Array.from({ length: 100 }, (_, index) => `line ${index + 6}`),
      );
      await context.inTime(worker.stop(), 'the worker stops');
    },
  },
  {
    name: 'where the deliveries stand is stored while the job runs and kept when it fails',
    async run(context) {
      const delivery: JobDelivery = {
        idempotencyKey: 'delivery-1',
        channel: 'email',
        status: 'pending',
        isRetryable: true,
        attempts: 0,
        provider: null,
        messageId: null,
        reason: null,
        updatedAt: new Date(context.harness.now()),
      };
      const sent = {
        ...delivery,
        status: 'sent',
        isRetryable: false,
        attempts: 1,
        messageId: 'm-1',
      } as const;
      const job = await context.add({ deliveries: [delivery] });
      const { probe } = context.work();
      await context.started(probe);
      await context.inTime(probe.latest().context.saveDeliveries([sent]), 'deliveries are stored');
      assert.deepEqual((await context.job(job.id)).deliveries, [sent]);
      probe.latest().fail(new Error('the other channel failed'));
      assert.deepEqual((await context.reaches(job.id, 'failed')).deliveries, [sent]);
    },
  },
];
