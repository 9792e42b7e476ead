import assert from 'node:assert/strict';
import type { JobStore, QueueSelection } from '../../job-store.ts';
import type { JobStoreCase } from '../job-store-case.ts';
import type { JobStoreContext } from '../job-store-context.ts';

/** Lets two callers claim everything in small bites, at the same time, and checks that they share nothing and leave nothing. */
async function expectDisjointClaims(context: JobStoreContext, other: JobStore): Promise<void> {
  const ids = await context.insert(60);
  const claims = Array.from({ length: 20 }, (_, index) => {
    const [store, workerId] = index % 2 ? [other, 'worker-2'] : [context.store, 'worker-1'];
    return store.claim({ workerId, limit: 3 });
  });
  const claimed = (await Promise.all(claims)).flat().map(({ job }) => job.id);
  assert.equal(claimed.length, 60);
  assert.deepEqual(new Set(claimed), new Set(ids));
}

export const claimCases: readonly JobStoreCase[] = [
  {
    name: 'a claim makes a job processing, under a fence of its own',
    async run(context) {
      const { job, fence } = await context.claimOne();
      assert.deepEqual([job.status, job.attempts], ['processing', 1]);
      assert.deepEqual([fence.jobId, fence.workerId], [job.id, 'worker-1']);
      await context.expectStatus(job.id, 'processing');
    },
  },
  {
    name: 'every claim of a job has a higher fence than the one before',
    async run(context) {
      const first = await context.claimOne();
      await context.store.settle([context.retrying(first.fence, 0)]);
      const second = await context.claimNext('worker-1');
      assert.ok(second.fence.claim > first.fence.claim);
      await context.store.settle([context.failed(second.fence)]);
      await context.store.retry(second.job.id);
      const third = await context.claimNext('worker-1');
      assert.ok(third.fence.claim > second.fence.claim, 'also after a retry by hand');
    },
  },
  {
    name: 'a claim takes the highest priority first and the oldest within one, up to its limit',
    async run(context) {
      const [low1, low2] = await context.insert(2, { priority: 1 });
      const [high1, high2] = await context.insert(2, { priority: 9 });
      const claimed = await context.store.claim({ workerId: 'worker-1', limit: 3 });
      assert.deepEqual(
        claimed.map(({ job }) => job.id),
        [high1, high2, low1],
      );
      assert.equal((await context.get(low2 ?? '')).status, 'pending');
    },
  },
  {
    name: 'a claim of some queues leaves the others alone',
    async run(context) {
      await context.insert(2, { queue: 'mail' });
      const [push] = await context.insert(1, { queue: 'push' });
      const claimed = await context.store.claim({
        workerId: 'worker-1',
        limit: 10,
        queues: ['push', 'never used'],
      });
      assert.deepEqual(
        claimed.map(({ job }) => job.id),
        [push],
      );
    },
  },
  {
    name: 'a claim of all queues but some leaves those alone, though they are named as well',
    async run(context) {
      for (const queue of ['paused', 'mail', 'push']) await context.insert(2, { queue });
      const queuesOf = async (selection: QueueSelection) => {
        const claimed = await context.store.claim({ workerId: 'worker-1', limit: 1, ...selection });
        return claimed.map(({ job }) => job.queue);
      };
      assert.deepEqual(await queuesOf({ queues: ['mail', 'paused'], exceptQueues: ['paused'] }), ['mail']);
      assert.deepEqual(await queuesOf({ exceptQueues: ['paused', 'mail', 'never used'] }), ['push']);
      assert.deepEqual(await queuesOf({ queues: ['paused'], exceptQueues: ['paused'] }), []);
      const claimed = await context.store.claim({ workerId: 'worker-1', limit: 9, exceptQueues: ['paused'] });
      assert.deepEqual(claimed.map(({ job }) => job.queue).toSorted(), ['mail', 'push']);
      assert.deepEqual(await queuesOf({ exceptQueues: [] }), ['paused']);
    },
  },
  {
    name: 'claims made at the same time share no job and leave none',
    run: (context) => expectDisjointClaims(context, context.store),
  },
  {
    name: 'claims made at the same time by two processes share no job and leave none',
    needsShared: true,
    async run(context) {
      assert.ok(context.harness.connect, 'the harness of a shared store needs `connect`');
      await expectDisjointClaims(context, await context.harness.connect());
    },
  },
  {
    name: 'a job is not claimable before it is due',
    async run(context) {
      const [id] = await context.insert(1, { scheduledFor: context.harness.now() + 1000 });
      await context.harness.advance(999);
      assert.deepEqual(await context.store.claim({ workerId: 'worker-1', limit: 1 }), []);
      await context.harness.advance(1);
      assert.equal((await context.claimNext('worker-1')).job.id, id);
    },
  },
];
