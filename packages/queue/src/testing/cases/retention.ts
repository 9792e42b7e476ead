import assert from 'node:assert/strict';
import { QueueErrorCode } from '../../errors.ts';
import type { CaseContext } from '../case-context.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

/** Long enough that half of it and a clean-up are over before it is. */
const SPAN = 120_000;

/** Lets time pass, with somebody there to clean up. */
async function pass(context: CaseContext, ms: number): Promise<void> {
  await context.advance(ms + context.harness.limits.leaseOverMs + context.harness.limits.toleranceMs);
}

/** Waits until the clean-up has deleted a job. */
async function expectGone(context: CaseContext, id: string): Promise<void> {
  await context.until(async () => {
    await context.advance(context.harness.limits.leaseOverMs);
    return (await context.harness.inspect(id)) === null;
  }, `job ${id} is deleted`);
  const { jobs } = await context.adapter.findJobs({});
  assert.ok(!jobs.some((job) => job.id === id), `job ${id} is not listed`);
}

export const retentionCases: readonly QueueAdapterCase[] = [
  {
    name: 'a completed job is deleted when its removeAfter is over, not before, and its key with it',
    async run(context) {
      const job = { removeAfter: SPAN, idempotencyKey: 'once' };
      const { id } = await context.runOnce(job, { result: 'done' });
      const other = await context.runOnce({}, { result: 'done' });
      context.work();
      await pass(context, SPAN / 2);
      assert.equal((await context.add(job)).id, id, 'it is still there');
      await pass(context, SPAN / 2);
      await expectGone(context, id);
      assert.equal((await context.job(other.id)).status, 'completed', 'the history of the others goes on');
      assert.equal((await context.adapter.getStats()).completed, 1, 'it is counted no more');
      assert.notEqual((await context.add(job)).id, id, 'its key is free again');
    },
  },
  {
    name: 'a cancelled job is deleted when its removeAfter is over, and a failed one stays',
    async run(context) {
      const failed = await context.runOnce({ removeAfter: 0 }, { error: new Error('no route') });
      const cancelled = await context.add({ removeAfter: 0, scheduledFor: context.harness.now() + SPAN });
      await context.adapter.cancelJob(cancelled.id);
      context.work();
      await expectGone(context, cancelled.id);
      await pass(context, SPAN);
      assert.equal((await context.job(failed.id)).status, 'failed');
    },
    needs: ['scheduling'],
  },
  {
    name: 'a keyRetention that is longer than the removeAfter wins',
    async run(context) {
      const times = { keyRetention: SPAN, removeAfter: 0 };
      const [held, plain] = await context.addAll([times, { removeAfter: 0 }]);
      assert.ok(held && plain);
      context.work({ behave: () => 'done' });
      await expectGone(context, plain.id);
      await pass(context, SPAN / 2);
      assert.equal((await context.job(held.id)).status, 'completed');
      await pass(context, SPAN / 2);
      await expectGone(context, held.id);
    },
  },
  {
    name: 'a job that is started again is kept until its removeAfter counts from its next end',
    async run(context) {
      const job = await context.add({ removeAfter: SPAN, scheduledFor: context.harness.now() + 60_000 });
      await context.adapter.cancelJob(job.id);
      await context.advance(SPAN / 2);
      await context.adapter.retryJob(job.id);
      const { probe } = context.work();
      await context.started(probe);
      await pass(context, SPAN / 2);
      assert.equal((await context.job(job.id)).status, 'processing');
      probe.latest().complete('done');
      await context.reaches(job.id, 'completed');
      await pass(context, SPAN / 2);
      assert.equal((await context.job(job.id)).status, 'completed');
      await pass(context, SPAN / 2);
      await expectGone(context, job.id);
    },
    needs: ['scheduling'],
  },
  {
    name: 'a removeAfter that is no whole number of milliseconds is refused',
    async run(context) {
      for (const removeAfter of [-1, 0.5, Number.NaN]) {
        await context.refuses(
          context.adapter.add([context.plain({ removeAfter })]),
          QueueErrorCode.QUEUE_JOB_INVALID,
        );
      }
      assert.equal((await context.adapter.findJobs({})).total, 0);
    },
  },
];
