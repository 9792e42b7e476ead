import assert from 'node:assert/strict';
import { QueueErrorCode } from '../../errors.ts';
import type { CaseContext } from '../case-context.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

/** Checks that a waiting job that was cancelled is told so and never runs again, however long one waits. */
async function expectNeverRuns(context: CaseContext, id: string, timesStarted = 0): Promise<void> {
  const cancelled = await context.job(id);
  assert.deepEqual([cancelled.status, cancelled.nextRunAt], ['cancelled', null]);
  assert.ok(cancelled.cancelledAt);
  assert.equal((await context.harness.inspect(id))?.status, 'cancelled');
  const { probe } = context.work();
  await context.advance(10_000);
  assert.equal(probe.timesStarted(id), timesStarted);
  assert.equal((await context.job(id)).status, 'cancelled');
}

export const cancelCases: readonly QueueAdapterCase[] = [
  {
    name: 'a pending job that is cancelled never runs',
    async run(context) {
      const job = await context.add();
      assert.equal((await context.adapter.cancelJob(job.id)).status, 'cancelled');
      await expectNeverRuns(context, job.id);
    },
  },
  {
    name: 'a scheduled job that is cancelled never runs',
    needs: ['scheduling'],
    async run(context) {
      const job = await context.add({ scheduledFor: context.harness.now() + 5000 });
      await context.adapter.cancelJob(job.id);
      await expectNeverRuns(context, job.id);
    },
  },
  {
    name: 'a job cancelled between two tries is not tried again',
    async run(context) {
      const job = await context.runOnce({ maxRetries: 3 }, { error: new Error('once') });
      await context.adapter.cancelJob(job.id);
      await expectNeverRuns(context, job.id);
      assert.equal((await context.job(job.id)).attempts, 1);
    },
  },
  {
    name: 'a running job that is cancelled ends at once, and its signal aborts',
    needs: ['cancelRunning'],
    async run(context) {
      const { probe } = context.work();
      const job = await context.add({ maxRetries: 3 });
      await context.started(probe);
      const cancelled = await context.adapter.cancelJob(job.id);
      assert.equal(cancelled.status, 'cancelled');
      await context.until(() => probe.latest().context.signal.aborted, 'the signal aborts');
      const stored = await context.reaches(job.id, 'cancelled');
      assert.equal(stored.attemptLog[0]?.outcome, 'cancelled');
    },
  },
  {
    name: 'what a handler reports after its job was cancelled is refused',
    needs: ['cancelRunning'],
    async run(context) {
      const { probe } = context.work();
      const jobs = await context.addAll([{ maxRetries: 3 }, { maxRetries: 3 }]);
      await context.started(probe, 2);
      for (const { id } of jobs) await context.adapter.cancelJob(id);
      const [first, second] = probe.starts;
      await context.refuses(
        first?.context.progress(50) ?? Promise.resolve(),
        QueueErrorCode.QUEUE_LEASE_LOST,
      );
      first?.complete('late success');
      second?.fail(new Error('late failure'));
      await context.advance(10_000);
      for (const { id } of jobs) {
        const job = await context.job(id);
        assert.deepEqual([job.status, job.result, job.progress], ['cancelled', null, null]);
        assert.equal(probe.timesStarted(id), 1);
      }
    },
  },
  {
    name: 'a handler that stops when its job is cancelled has not reported late',
    needs: ['cancelRunning'],
    async run(context) {
      const heard = context.listen('job:late');
      const { probe } = context.work();
      const job = await context.add();
      await context.started(probe);
      await context.adapter.cancelJob(job.id);
      await context.until(() => probe.latest().context.signal.aborted, 'the signal aborts');
      probe.latest().fail(probe.latest().context.signal.reason);
      await context.quiet();
      assert.equal((await context.job(job.id)).attemptLog[0]?.outcome, 'cancelled');
      assert.deepEqual(heard, []);
    },
  },
  {
    name: 'a worker whose job was cancelled goes on with the next',
    needs: ['cancelRunning'],
    async run(context) {
      const { probe } = context.work({ concurrency: 1 });
      const [first, second] = await context.addAll([{}, {}]);
      await context.started(probe, 1);
      await context.adapter.cancelJob(first?.id ?? '');
      probe.latest().fail(new Error('stopped, as the signal asked'));
      await context.started(probe, 2);
      assert.equal(probe.latest().jobId, second?.id);
    },
  },
  {
    name: 'a running job is not cancelled, because the adapter cannot, and goes on',
    lacks: 'cancelRunning',
    async run(context) {
      const { probe } = context.work();
      const job = await context.add();
      await context.started(probe);
      await context.refuses(context.adapter.cancelJob(job.id), QueueErrorCode.QUEUE_UNSUPPORTED);
      probe.latest().complete('done');
      assert.equal((await context.reaches(job.id, 'completed')).result, 'done');
    },
  },
  {
    name: 'a job that has ended cannot be cancelled',
    async run(context) {
      const completed = await context.runOnce({}, { result: 'done' });
      const failed = await context.runOnce({}, { error: new Error('no') });
      const cancelled = await context.add();
      await context.adapter.cancelJob(cancelled.id);
      for (const { id } of [completed, failed, cancelled]) {
        const before = await context.job(id);
        await context.refuses(context.adapter.cancelJob(id), QueueErrorCode.QUEUE_JOB_STATE);
        assert.deepEqual(await context.job(id), before);
      }
    },
  },
  {
    name: 'of two cancels at the same time one is refused',
    async run(context) {
      const { id } = await context.add();
      const calls = await Promise.allSettled([context.adapter.cancelJob(id), context.adapter.cancelJob(id)]);
      assert.deepEqual(calls.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    },
  },
  {
    name: 'a cancel of a job nobody knows is refused',
    run: (context) =>
      context.refuses(context.adapter.cancelJob('nobody'), QueueErrorCode.QUEUE_JOB_NOT_FOUND),
  },
];
