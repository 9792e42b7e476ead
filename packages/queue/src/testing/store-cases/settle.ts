import assert from 'node:assert/strict';
import { QueueErrorCode } from '../../errors.ts';
import type { JobDelivery } from '../../job.ts';
import type { JobStoreCase } from '../job-store-case.ts';
import { LEASE_MS } from '../job-store-context.ts';

function delivery(idempotencyKey: string, status: JobDelivery['status']): JobDelivery {
  return {
    idempotencyKey,
    channel: 'email',
    status,
    isRetryable: status === 'pending',
    attempts: 0,
    provider: null,
    messageId: null,
    reason: null,
    updatedAt: new Date(0),
  };
}

export const settleCases: readonly JobStoreCase[] = [
  {
    name: 'each settlement leads where it says',
    async run(context) {
      const [done, broken, again, later, back] = [
        await context.claimOne(),
        await context.claimOne(),
        await context.claimOne(),
        await context.claimOne(),
        await context.claimOne(),
      ];
      const results = await context.store.settle([
        context.completed(done.fence, 'result'),
        context.failed(broken.fence),
        context.retrying(again.fence, 5000),
        context.retrying(later.fence, 5000, false),
        context.givenBack(back.fence),
      ]);
      assert.deepEqual([...new Set(results)], ['stored']);
      const completed = await context.expectStatus(done.job.id, 'completed');
      assert.deepEqual([completed.result, completed.attempts], ['result', 1]);
      assert.equal((await context.expectStatus(broken.job.id, 'failed')).error?.message, 'it failed');
      const retrying = await context.expectStatus(again.job.id, 'retrying');
      assert.deepEqual(
        [retrying.attempts, retrying.nextRunAt?.getTime()],
        [1, retrying.updatedAt.getTime() + 5000],
      );
      assert.equal((await context.expectStatus(later.job.id, 'retrying')).attempts, 0);
      assert.equal((await context.expectStatus(back.job.id, 'pending')).attempts, 0);
    },
  },
  {
    name: 'a claim given up for good ends cancelled, with its reason, and does not count as a try',
    async run(context) {
      const [untried, sent] = [delivery('untried', 'pending'), delivery('sent', 'sent')];
      const { fence, job } = await context.claimOne('worker-1', {
        maxRetries: 3,
        deliveries: [untried, sent],
      });
      assert.deepEqual(await context.store.settle([context.cancelled(fence)]), ['stored']);
      const cancelled = await context.expectStatus(job.id, 'cancelled');
      assert.deepEqual(
        [cancelled.attempts, cancelled.error?.code, cancelled.nextRunAt],
        [0, QueueErrorCode.QUEUE_JOB_EXPIRED, null],
      );
      assert.ok(cancelled.cancelledAt);
      assert.deepEqual(
        cancelled.deliveries.map(({ status, isRetryable }) => [status, isRetryable]),
        [
          ['cancelled', false],
          ['sent', false],
        ],
      );
      assert.equal(cancelled.attemptLog.at(-1)?.outcome, 'cancelled');
      assert.equal((await context.store.stats()).cancelled, 1);
      assert.deepEqual(await context.store.claim({ workerId: 'worker-1', limit: 1 }), []);
    },
  },
  {
    name: 'giving up a claim that is no longer held is refused and changes nothing',
    async run(context) {
      const old = await context.claimOne('worker-1');
      await context.harness.advance(LEASE_MS);
      await context.store.reapExpired(5);
      const current = await context.claimNext('worker-2');
      assert.deepEqual(await context.store.settle([context.cancelled(old.fence)]), ['stale']);
      assert.equal((await context.expectStatus(old.job.id, 'processing')).error, null);
      assert.deepEqual(await context.store.settle([context.cancelled(current.fence)]), ['stored']);
      assert.deepEqual(await context.store.settle([context.completed(current.fence)]), ['stale']);
      await context.expectStatus(old.job.id, 'cancelled');
    },
  },
  {
    name: 'a settlement under an old fence is refused, recorded, and does not stop the others',
    async run(context) {
      const old = await context.claimOne('worker-1');
      await context.harness.advance(LEASE_MS);
      await context.store.reapExpired(5);
      const current = await context.claimNext('worker-2');
      assert.equal(current.job.id, old.job.id);
      const other = await context.claimOne('worker-2');
      const results = await context.store.settle([
        context.completed(old.fence, 'late'),
        context.completed(other.fence),
      ]);
      assert.deepEqual(results, ['stale', 'stored']);
      const job = await context.expectStatus(old.job.id, 'processing');
      assert.deepEqual(
        [job.result, job.attemptLog.map(({ outcome }) => outcome)],
        [null, ['late', 'running']],
      );
      assert.deepEqual(await context.store.settle([context.completed(current.fence, 'in time')]), ['stored']);
      assert.equal((await context.get(old.job.id)).result, 'in time');
    },
  },
  {
    name: 'a second settlement of one claim is refused',
    async run(context) {
      const { fence, job } = await context.claimOne();
      await context.store.settle([context.completed(fence, 'first')]);
      assert.deepEqual(await context.store.settle([context.failed(fence)]), ['stale']);
      assert.equal((await context.expectStatus(job.id, 'completed')).result, 'first');
    },
  },
  {
    name: 'a settlement of a job that was cancelled, or deleted since, is refused',
    async run(context) {
      const { fence, job } = await context.claimOne();
      const { from } = await context.store.cancel(job.id);
      assert.equal(from, 'processing');
      assert.deepEqual(await context.store.settle([context.completed(fence)]), ['stale']);
      await context.expectStatus(job.id, 'cancelled');
      await context.store.remove(job.id);
      assert.deepEqual(await context.store.settle([context.completed(fence)]), ['stale']);
      assert.equal(await context.store.get(job.id), null);
    },
  },
  {
    name: 'an update is stored under the current fence only',
    async run(context) {
      const { fence, job } = await context.claimOne();
      const progress = { percent: 10, step: null };
      assert.equal(await context.store.update(fence, { progress }), true);
      assert.deepEqual((await context.get(job.id)).progress, progress);
      const late = { progress: { percent: 99, step: null } };
      assert.equal(await context.store.update({ ...fence, claim: fence.claim + 1 }, late), false);
      assert.equal(await context.store.update({ ...fence, workerId: 'worker-2' }, late), false);
      await context.store.settle([context.completed(fence)]);
      assert.equal(await context.store.update(fence, late), false);
      assert.deepEqual((await context.get(job.id)).progress, progress);
    },
  },
  {
    name: 'updates made together are stored each under its own fence',
    async run(context) {
      const { updateMany } = context.store;
      if (updateMany === undefined) return;
      const [first, second] = [await context.claimOne(), await context.claimOne()];
      const progress = (percent: number) => ({ progress: { percent, step: null } });
      const held = await updateMany.call(context.store, [
        { fence: first.fence, patch: progress(10) },
        { fence: { ...second.fence, claim: second.fence.claim + 1 }, patch: progress(99) },
        { fence: second.fence, patch: progress(20) },
        { fence: first.fence, patch: progress(30) },
      ]);
      assert.deepEqual(held, [true, false, true, true]);
      assert.equal((await context.get(first.job.id)).progress?.percent, 30);
      assert.equal((await context.get(second.job.id)).progress?.percent, 20);
    },
  },
];
