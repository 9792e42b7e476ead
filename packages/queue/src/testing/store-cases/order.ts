import assert from 'node:assert/strict';
import type { JobStoreCase } from '../job-store-case.ts';
import { type JobStoreContext, LEASE_MS } from '../job-store-context.ts';

/** Stores as many fair jobs of a key at once, called `key 1`, `key 2` and so on. */
async function insertFair(
  context: JobStoreContext,
  key: string | null,
  count: number,
  job: Parameters<JobStoreContext['job']>[0] = {},
): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `${key} ${index + 1}`);
  await context.store.insert(names.map((name) => context.job({ name, groupKey: key, isFair: true, ...job })));
}

/** Checks that a key with three jobs has to wait for no more of a flood than takes its turn with it. */
function expectTurns(names: readonly string[], key: string): void {
  const places = [1, 2, 3].map((nth) => names.indexOf(`${key} ${nth}`));
  for (const [index, place] of places.entries()) {
    assert.ok(place >= 0, `${key} ${index + 1} was claimed`);
    const before = names.slice(0, place).filter((name) => !name.startsWith(key));
    assert.ok(before.length <= index + 2, `${key} ${index + 1} came after ${before.length} of the flood`);
  }
}

const agingCases: readonly JobStoreCase[] = [
  {
    name: 'a job that waited long enough goes before a fresh one of a higher priority, and not a millisecond earlier',
    needs: ['aging'],
    async run(context) {
      const start = context.harness.now();
      // Five steps of a second each. It waits from a moment of its own, so that the test need not be quick.
      const low = { priority: 5, agingMs: 1000, scheduledFor: start + 50_000 };
      const high = { priority: 10, agingMs: 1000 };
      await context.insert(1, { ...low, name: 'low' });
      await context.insert(1, { ...high, name: 'a millisecond older', scheduledFor: start + 54_999 });
      await context.insert(1, { ...high, name: 'fresh', scheduledFor: start + 55_000 });
      await context.harness.advance(60_000);
      assert.deepEqual(await context.claimNames(), ['a millisecond older', 'low', 'fresh']);
    },
  },
  {
    name: 'without ageing a job waits behind a higher priority however long it has waited',
    async run(context) {
      await context.insert(1, { name: 'strict low', priority: 5 });
      await context.harness.advance(30 * 86_400_000);
      await context.insert(1, { name: 'strict high', priority: 6 });
      assert.deepEqual(await context.claimNames(), ['strict high', 'strict low']);
    },
  },
  {
    name: 'jobs that age and are alike come oldest due first',
    needs: ['aging'],
    async run(context) {
      const start = context.harness.now();
      const aging = { priority: 7, agingMs: 250 };
      for (const delay of [3000, 1000, 2000]) {
        await context.insert(1, { ...aging, name: `after ${delay}`, scheduledFor: start + delay });
      }
      await context.harness.advance(4000);
      await context.insert(1, { ...aging, name: 'new' });
      assert.deepEqual(await context.claimNames(), ['after 1000', 'after 2000', 'after 3000', 'new']);
    },
  },
  {
    name: 'a job that waits for its retry ages from the moment of that',
    needs: ['aging'],
    async run(context) {
      const { fence } = await context.claimOne('worker-1', { name: 'again', priority: 5, agingMs: 1000 });
      await context.store.settle([context.retrying(fence, 20_000)]);
      await context.harness.advance(20_000 - 1);
      const due = context.harness.now();
      const high = { name: 'high', priority: 10, agingMs: 1000 };
      await context.insert(1, { ...high, scheduledFor: due + 4000 });
      await context.harness.advance(10_000);
      assert.deepEqual(await context.claimNames(), ['high', 'again']);
    },
  },
];

const fairnessCases: readonly JobStoreCase[] = [
  {
    name: 'a key with few jobs does not wait for the flood of another',
    needs: ['fairness'],
    async run(context) {
      await insertFair(context, 'flood', 100);
      await insertFair(context, 'few', 3);
      const names = await context.claimNames();
      assert.equal(names.length, 103);
      expectTurns(names, 'few');
    },
  },
  {
    name: 'a key that comes while a flood is worked off has its turn at once',
    needs: ['fairness'],
    async run(context) {
      await insertFair(context, 'flood', 100);
      await context.claimNames(40);
      await context.harness.advance(5);
      await insertFair(context, 'few', 3);
      expectTurns(await context.claimNames(20), 'few');
    },
  },
  {
    name: 'jobs of one key keep their order among themselves',
    needs: ['fairness'],
    async run(context) {
      await insertFair(context, 'a', 3);
      await insertFair(context, 'b', 5);
      await context.claimNames(4);
      await context.store.insert([context.job({ name: 'a 4', groupKey: 'a', isFair: true })]);
      const names = await context.claimNames();
      const numbersOf = (key: string) => names.filter((name) => name.startsWith(key));
      assert.deepEqual(numbersOf('b'), numbersOf('b').toSorted());
      assert.equal(numbersOf('a').at(-1), 'a 4');
    },
  },
  {
    name: 'jobs without a key take turns as if they had one',
    needs: ['fairness'],
    async run(context) {
      await insertFair(context, null, 100);
      await insertFair(context, 'few', 3);
      expectTurns(await context.claimNames(20), 'few');
    },
  },
  {
    name: 'keys that are scheduled for one moment take turns when it comes',
    needs: ['fairness'],
    async run(context) {
      const scheduledFor = context.harness.now() + 60_000;
      await insertFair(context, 'flood', 100, { scheduledFor });
      await insertFair(context, 'few', 3, { scheduledFor });
      assert.deepEqual(await context.claimNames(), []);
      await context.harness.advance(60_000);
      expectTurns(await context.claimNames(20), 'few');
    },
  },
  {
    name: 'what a key has scheduled for later does not hold up what it has now',
    needs: ['fairness'],
    async run(context) {
      await insertFair(context, 'a', 3, { scheduledFor: context.harness.now() + 3_600_000 });
      await insertFair(context, 'flood', 100);
      await context.store.insert([context.job({ name: 'now', groupKey: 'a', isFair: true })]);
      const place = (await context.claimNames(10)).indexOf('now');
      assert.ok(place >= 0 && place <= 2, `it was claimed at place ${place}`);
    },
  },
  {
    name: 'turns are taken within a priority and a queue only',
    needs: ['fairness'],
    async run(context) {
      await insertFair(context, 'flood', 300, { priority: 5 });
      await insertFair(context, 'low', 3, { priority: 1 });
      await insertFair(context, 'flood', 1, { priority: 9, name: 'high of the flood' });
      await insertFair(context, 'flood', 1, { queue: 'other', name: 'flood elsewhere' });
      const names = await context.claimNames();
      assert.equal(names[0], 'high of the flood');
      assert.deepEqual(names.slice(-3), ['low 1', 'low 2', 'low 3']);
      assert.ok(names.indexOf('flood elsewhere') < 250, 'it does not stand behind the flood');
    },
  },
];

const aheadCases: readonly JobStoreCase[] = [
  {
    name: 'the jobs ahead of a waiting one are those of its queue that are claimed before it',
    needs: ['countAhead'],
    async run(context) {
      const [low] = await context.insert(1, { priority: 1 });
      const [first, second] = await context.insert(2);
      const [high] = await context.insert(1, { priority: 9 });
      await context.insert(3, { queue: 'other' });
      await context.insert(1, { scheduledFor: context.harness.now() + 60_000, priority: 20 });
      const ahead = async () => {
        const counts: (number | null | undefined)[] = [];
        for (const id of [high, first, second, low]) counts.push(await context.store.countAhead?.(id ?? ''));
        return counts;
      };
      assert.deepEqual(await ahead(), [0, 1, 2, 3]);
      await context.store.claim({ workerId: 'worker-1', limit: 2, queues: ['default'] });
      assert.deepEqual(await ahead(), [null, null, 0, 1]);
    },
  },
  {
    name: 'nothing is told ahead of a job that does not wait, is not due or is not kept',
    needs: ['countAhead'],
    async run(context) {
      const running = await context.claimOne();
      const retrying = await context.claimOne();
      await context.store.settle([context.retrying(retrying.fence, LEASE_MS)]);
      const [later] = await context.insert(1, { scheduledFor: context.harness.now() + LEASE_MS });
      const [cancelled] = await context.insert(1);
      await context.store.cancel(cancelled ?? '');
      for (const id of [running.job.id, retrying.job.id, later ?? '', cancelled ?? '', 'nobody']) {
        assert.equal(await context.store.countAhead?.(id), null, id);
      }
    },
  },
];

export const orderCases: readonly JobStoreCase[] = [...agingCases, ...fairnessCases, ...aheadCases];
