import assert from 'node:assert/strict';
import { QueueErrorCode } from '../../errors.ts';
import type { QueueJob } from '../../job.ts';
import type { CaseContext } from '../case-context.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

/** A wait of a minute and a half before each retry. */
const SLOW = { type: 'fixed', delay: 90_000, factor: 1, maxDelay: 90_000, jitter: 'none' } as const;

/** Waits until a job is cancelled, and checks that it says it came too late. */
async function expectExpired(context: CaseContext, id: string): Promise<QueueJob> {
  const job = await context.reaches(id, 'cancelled');
  assert.deepEqual([job.error?.code, job.nextRunAt], [QueueErrorCode.QUEUE_JOB_EXPIRED, null]);
  assert.ok(job.cancelledAt);
  return job;
}

export const expiryCases: readonly QueueAdapterCase[] = [
  {
    name: 'a job that a worker comes to too late is cancelled with the reason, and never started',
    async run(context) {
      const heard = context.listen('job:started', 'job:cancelled', 'job:failed');
      const added = await context.add({ expiresAt: context.harness.now() + 60_000, maxRetries: 3 });
      assert.ok(added.expiresAt);
      await context.advance(90_000);
      assert.equal((await context.job(added.id)).status, 'pending', 'nobody came to it yet');
      const { probe } = context.work();
      const job = await expectExpired(context, added.id);
      assert.deepEqual([probe.starts.length, job.attempts], [0, 0]);
      assert.deepEqual(job.expiresAt, added.expiresAt);
      await context.until(() => heard.length > 0, 'it is announced');
      assert.deepEqual(
        heard.map(({ name, event }) => [name, 'jobId' in event && event.jobId]),
        [['job:cancelled', job.id]],
      );
    },
  },
  {
    name: 'a job is too late from the very moment it expires',
    needs: ['scheduling'],
    async run(context) {
      const { toleranceMs } = context.harness.limits;
      const moment = context.harness.now() + 5000;
      const { probe } = context.work();
      const late = await context.add({ scheduledFor: moment, expiresAt: moment });
      const inTime = await context.add({ scheduledFor: moment, expiresAt: moment + 1 + 2 * toleranceMs });
      await context.advance(5000 + toleranceMs);
      await expectExpired(context, late.id);
      await context.started(probe, 1);
      assert.equal(probe.latest().jobId, inTime.id);
    },
  },
  {
    name: 'a worker goes on with the next job after one that came too late',
    async run(context) {
      const [late, next] = await context.addAll([{ expiresAt: context.harness.now() - 1 }, {}]);
      const { probe } = context.work({ concurrency: 1 });
      await context.started(probe, 1);
      assert.equal(probe.latest().jobId, next?.id);
      await expectExpired(context, late?.id ?? '');
    },
  },
  {
    name: 'a job that started in time may end after it expired',
    async run(context) {
      const { probe } = context.work();
      const job = await context.add({ expiresAt: context.harness.now() + 60_000 });
      await context.started(probe);
      await context.advance(90_000);
      assert.equal(probe.latest().context.signal.aborted, false);
      probe.latest().complete('done');
      assert.equal((await context.reaches(job.id, 'completed')).result, 'done');
    },
  },
  {
    name: 'a retry that would come too late is not made, and one that comes in time is',
    async run(context) {
      const now = context.harness.now();
      const [late, inTime] = await context.addAll([
        { expiresAt: now + 60_000, maxRetries: 3, backoff: SLOW },
        { expiresAt: now + 600_000, maxRetries: 3, backoff: SLOW },
      ]);
      const { probe } = context.work();
      await context.started(probe, 2);
      for (const start of probe.starts) start.fail(new Error('no route'));
      await context.reaches(inTime?.id ?? '', 'retrying');
      await context.advance(90_000 + context.harness.limits.toleranceMs);
      await context.started(probe, 3);
      assert.equal(probe.latest().jobId, inTime?.id);
      await expectExpired(context, late?.id ?? '');
    },
  },
  {
    name: 'a moment to expire at that is no number is refused',
    async run(context) {
      await context.refuses(
        context.adapter.add([context.plain({ expiresAt: Number.NaN })]),
        QueueErrorCode.QUEUE_JOB_INVALID,
      );
      assert.equal((await context.adapter.findJobs({})).total, 0);
    },
  },
];
