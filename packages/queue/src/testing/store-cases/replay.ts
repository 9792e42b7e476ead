import assert from 'node:assert/strict';
import { QueueErrorCode } from '../../errors.ts';
import type { QueueJob } from '../../job.ts';
import type { JobStore } from '../../job-store.ts';
import type { JobStoreCase } from '../job-store-case.ts';
import type { JobStoreContext } from '../job-store-context.ts';

/** A job that failed. */
async function failOne(context: JobStoreContext): Promise<QueueJob> {
  const { fence, job } = await context.claimOne();
  await context.store.settle([context.failed(fence)]);
  return context.expectStatus(job.id, 'failed');
}

/** Lets two start one failed job again at the same moment, and checks that one of them does. */
async function expectOneReplay(context: JobStoreContext, other: JobStore): Promise<void> {
  const { id } = await failOne(context);
  const calls = [context.store, other].map((store) => store.retry(id, { maxReplays: 5 }));
  const refusals = (await Promise.allSettled(calls)).filter(({ status }) => status === 'rejected');
  assert.equal(refusals.length, 1);
  for (const call of calls) await call.catch(() => context.refuses(call, QueueErrorCode.QUEUE_JOB_STATE));
  assert.equal((await context.expectStatus(id, 'pending')).replays, 1);
}

export const replayCases: readonly JobStoreCase[] = [
  {
    name: 'a job that was started again as often as it may be is refused, and nothing of it changes',
    async run(context) {
      const { id } = await failOne(context);
      for (const replays of [1, 2]) {
        assert.equal((await context.store.retry(id, { maxReplays: 2 })).replays, replays);
        await context.store.settle([context.failed((await context.claimNext('worker-1')).fence)]);
      }
      const before = await context.get(id);
      const again = { maxReplays: 2, payload: 'changed' };
      await context.refuses(context.store.retry(id, again), QueueErrorCode.QUEUE_REPLAY_LIMIT);
      assert.deepEqual(await context.get(id), before);
      await context.expectStatus(id, 'failed');
      assert.equal((await context.store.retry(id, { maxReplays: 3 })).replays, 3);
    },
  },
  {
    name: 'a limit of none refuses the first start again, and no limit none',
    async run(context) {
      const { id } = await failOne(context);
      await context.refuses(context.store.retry(id, { maxReplays: 0 }), QueueErrorCode.QUEUE_REPLAY_LIMIT);
      assert.equal((await context.store.retry(id)).replays, 1);
    },
  },
  {
    name: 'a limit also holds for a job that was started again, failed once since, and waits for its retry',
    async run(context) {
      const { id } = await failOne(context);
      await context.store.retry(id);
      await context.store.settle([context.retrying((await context.claimNext('worker-1')).fence, 60_000)]);
      const stale = { maxReplays: 1, payload: 'changed' };
      await context.refuses(context.store.retry(id, stale), QueueErrorCode.QUEUE_REPLAY_LIMIT);
      assert.equal((await context.expectStatus(id, 'retrying')).payload, null);
      const due = await context.store.retry(id, { maxReplays: 2 });
      assert.deepEqual([due.status, due.replays], ['pending', 1]);
    },
  },
  {
    name: 'of two that start a job again at the same time one is refused',
    run: (context) => expectOneReplay(context, context.store),
  },
  {
    name: 'of two processes that start a job again at the same time one is refused',
    needsShared: true,
    async run(context) {
      assert.ok(context.harness.connect, 'the harness of a shared store needs `connect`');
      await expectOneReplay(context, await context.harness.connect());
    },
  },
  {
    name: 'a job started again with another payload carries it from then on',
    async run(context) {
      const { id } = await failOne(context);
      const payload = { to: 'ada', lines: [1, 2] };
      assert.deepEqual((await context.store.retry(id, { payload })).payload, payload);
      assert.deepEqual((await context.get(id)).payload, payload);
      const claimed = await context.claimNext('worker-1');
      assert.deepEqual(claimed.job.payload, payload);
      await context.store.settle([context.failed(claimed.fence)]);
      assert.deepEqual((await context.store.retry(id)).payload, payload);
      await context.store.cancel(id);
      assert.equal((await context.store.retry(id, { payload: null })).payload, null);
    },
  },
];
