import assert from 'node:assert/strict';
import { QueueErrorCode } from '../errors.ts';
import type { JobStore } from '../job-store.ts';
import { type JobStoreContext, LEASE_MS } from './job-store-context.ts';

/** One promise of the `JobStore` contract, and how it is checked. */
export interface JobStoreCase {
  readonly name: string;
  /** Only for stores that several processes may use. */
  readonly needsShared?: boolean;
  run(context: JobStoreContext): Promise<void>;
}

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

const insertCases: readonly JobStoreCase[] = [
  {
    name: 'insert tells which jobs are new and which were kept already',
    async run(context) {
      const first = context.job({ idempotencyKey: 'once' });
      const again = context.job({ idempotencyKey: 'once', payload: 'changed' });
      assert.deepEqual(
        (await context.store.insert([first])).map(({ isNew }) => isNew),
        [true],
      );
      const inserted = await context.store.insert([again, context.job(), first]);
      assert.deepEqual(
        inserted.map(({ isNew }) => isNew),
        [false, true, false],
      );
      assert.deepEqual([inserted[0]?.job.id, inserted[0]?.job.payload], [first.id, null]);
    },
  },
  {
    name: 'one key twice in one insert stores the first only',
    async run(context) {
      const jobs = [context.job({ idempotencyKey: 'twice' }), context.job({ idempotencyKey: 'twice' })];
      const inserted = await context.store.insert(jobs);
      assert.deepEqual(
        inserted.map(({ job, isNew }) => [job.id, isNew]),
        [
          [jobs[0]?.id, true],
          [jobs[0]?.id, false],
        ],
      );
      assert.equal((await context.store.stats()).pending, 1);
    },
  },
];

const claimCases: readonly JobStoreCase[] = [
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

const settleCases: readonly JobStoreCase[] = [
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

const leaseCases: readonly JobStoreCase[] = [
  {
    name: 'jobs of a worker that sends heartbeats are never taken back',
    async run(context) {
      const { job } = await context.claimOne();
      for (let beat = 0; beat < 5; beat += 1) {
        await context.harness.advance(LEASE_MS - 1);
        assert.deepEqual(await context.store.reapExpired(5), []);
        await context.store.heartbeat('worker-1', LEASE_MS);
      }
      await context.expectStatus(job.id, 'processing');
    },
  },
  {
    name: 'all jobs of a silent worker are taken back when its lease is over, and only those',
    async run(context) {
      const lost = [await context.claimOne('silent'), await context.claimOne('silent')];
      await context.harness.advance(LEASE_MS - 1);
      const kept = await context.claimOne('alive');
      assert.deepEqual(await context.store.reapExpired(5), []);
      await context.harness.advance(1);
      const reaped = await context.store.reapExpired(5);
      assert.deepEqual(reaped.map(({ job }) => job.id).toSorted(), lost.map(({ job }) => job.id).toSorted());
      for (const { job, to } of reaped) {
        assert.deepEqual([to, job.status, job.attempts, job.crashes], ['pending', 'pending', 0, 1]);
        assert.equal(job.attemptLog[0]?.outcome, 'interrupted');
        await context.expectStatus(job.id, 'pending');
      }
      await context.expectStatus(kept.job.id, 'processing');
      assert.deepEqual(await context.store.reapExpired(5), []);
    },
  },
  {
    name: 'a job whose workers crashed as often as allowed fails',
    async run(context) {
      const [id] = await context.insert(1);
      for (let crash = 1; crash <= 3; crash += 1) {
        await context.claimNext(`worker-${crash}`);
        await context.harness.advance(LEASE_MS);
        const [reaped] = await context.store.reapExpired(3);
        assert.deepEqual(
          [reaped?.job.id, reaped?.to, reaped?.job.crashes],
          [id, crash < 3 ? 'pending' : 'failed', crash],
        );
      }
      assert.equal(
        (await context.expectStatus(id ?? '', 'failed')).error?.code,
        QueueErrorCode.QUEUE_JOB_POISON,
      );
      assert.deepEqual(await context.store.claim({ workerId: 'worker-4', limit: 1 }), []);
    },
  },
];

const wakeCases: readonly JobStoreCase[] = [
  {
    name: 'the next due moment is told to the millisecond',
    async run(context) {
      assert.equal(await context.store.msUntilNextDue(), null);
      const now = context.harness.now();
      await context.insert(1, { scheduledFor: now + 90_000, queue: 'later' });
      await context.insert(1, { scheduledFor: now + 30_000, queue: 'sooner' });
      await context.harness.advance(10_000);
      assert.equal(await context.store.msUntilNextDue(), now + 30_000 - context.harness.now());
      assert.equal(await context.store.msUntilNextDue(['later']), now + 90_000 - context.harness.now());
      assert.equal(await context.store.msUntilNextDue(['never used']), null);
      const [due] = await context.insert(1, { queue: 'later' });
      assert.equal(await context.store.msUntilNextDue(), 0);
      await context.store.remove(due ?? '');
      assert.notEqual(await context.store.msUntilNextDue(), 0);
    },
  },
  {
    name: 'whatever may make a job due wakes those who wait, until they no longer want it',
    async run(context) {
      let wakes = 0;
      const undo = context.store.onWake(() => {
        wakes += 1;
      });
      const expectWake = async (what: string, action: () => Promise<unknown>) => {
        const before = wakes;
        await action();
        for (let look = 0; look < 100 && wakes === before; look += 1) await context.harness.advance(0);
        assert.ok(wakes > before, `${what} wakes`);
      };
      await expectWake('an insert', () => context.insert(1));
      const claimed = await context.claimNext('worker-1');
      await expectWake('a job given back', () => context.store.settle([context.givenBack(claimed.fence)]));
      const again = await context.claimNext('worker-1');
      await expectWake('a planned retry', () => context.store.settle([context.retrying(again.fence, 1000)]));
      await expectWake('a retry by hand', () => context.store.retry(again.job.id));
      await context.claimNext('worker-1');
      await context.harness.advance(LEASE_MS);
      await expectWake('a job taken back', () => context.store.reapExpired(5));
      undo();
      const before = wakes;
      await context.insert(1);
      for (let look = 0; look < 5; look += 1) await context.harness.advance(0);
      assert.equal(wakes, before);
    },
  },
];

/** All cases of the store suite. */
export const jobStoreCases: readonly JobStoreCase[] = [
  ...insertCases,
  ...claimCases,
  ...settleCases,
  ...leaseCases,
  ...wakeCases,
  {
    name: 'counters follow every change',
    async run(context) {
      await context.insert(3);
      await context.insert(1, { scheduledFor: context.harness.now() + 60_000 });
      const [first, second] = [await context.claimNext('worker-1'), await context.claimNext('worker-1')];
      await context.store.settle([context.completed(first.fence), context.retrying(second.fence, 1000)]);
      const expected = {
        pending: 1,
        scheduled: 1,
        processing: 0,
        retrying: 1,
        completed: 1,
        failed: 0,
        cancelled: 0,
      };
      assert.deepEqual(await context.store.stats(), expected);
      assert.deepEqual(await context.store.stats('default'), expected);
      await context.store.cancel(second.job.id);
      await context.store.remove(first.job.id);
      assert.deepEqual(await context.store.stats(), { ...expected, retrying: 0, completed: 0, cancelled: 1 });
    },
  },
  {
    name: 'a command that the status of a job does not allow is refused',
    async run(context) {
      const { job, fence } = await context.claimOne();
      await context.refuses(context.store.remove(job.id), QueueErrorCode.QUEUE_JOB_STATE);
      await context.refuses(context.store.retry(job.id), QueueErrorCode.QUEUE_JOB_STATE);
      await context.store.settle([context.completed(fence)]);
      await context.refuses(context.store.cancel(job.id), QueueErrorCode.QUEUE_JOB_STATE);
      await context.refuses(context.store.retry(job.id), QueueErrorCode.QUEUE_JOB_STATE);
      for (const command of ['retry', 'cancel', 'remove'] as const) {
        await context.refuses(context.store[command]('nobody'), QueueErrorCode.QUEUE_JOB_NOT_FOUND);
      }
    },
  },
  {
    name: 'close may be called twice',
    async run({ store }) {
      await store.close();
      await store.close();
    },
  },
];
