import assert from 'node:assert/strict';
import type { SharedState } from '../job-store.ts';

/** Increments made at the same time. */
const INCREMENTS = 50;

/** Shared values, and the means to test them. */
interface SharedStateBench {
  readonly shared: SharedState;
  /** The same values as another process sees them. Only asked for by promises that are about two. */
  readonly elsewhere: () => Promise<SharedState>;
  now(): number;
  advance(ms: number): Promise<void>;
}

/** One promise of {@link SharedState}, which a store and the adapter made of it must both keep. */
export interface SharedStatePromise {
  readonly name: string;
  /** Only for what several processes may use. */
  readonly needsShared?: boolean;
  check(bench: SharedStateBench): Promise<void>;
}

/** Writes what must not be refused. */
async function put(shared: SharedState, key: string, value: string | null): Promise<string> {
  const version = await shared.write({ key, value, version: (await shared.read(key))?.version ?? null });
  assert.ok(version !== null, `a write of ${key} that nobody came before is made`);
  return version;
}

/** Reads a number and writes the next, until nobody came in between. */
async function increment(shared: SharedState): Promise<void> {
  for (;;) {
    const entry = await shared.read('count');
    const value = Number(entry?.value ?? 0) + 1;
    if ((await shared.write({ key: 'count', value, version: entry?.version ?? null })) !== null) return;
  }
}

async function expectNoneLost(places: readonly SharedState[]): Promise<void> {
  const increments = Array.from({ length: INCREMENTS }, (_, index) => places[index % places.length]);
  await Promise.all(increments.map((shared) => shared && increment(shared)));
  for (const shared of places) assert.equal((await shared.read('count'))?.value, INCREMENTS);
}

/** Checks that a listener is called until it was taken off. */
async function expectCall({ shared, advance }: SharedStateBench, from: SharedState): Promise<void> {
  let calls = 0;
  const undo = shared.onChange(() => {
    calls += 1;
  });
  // A call may get lost now and then, but not each time.
  for (let look = 0; look < 200 && calls === 0; look += 1) {
    if (look % 20 === 0) await put(from, 'watched', `look ${look}`);
    await advance(0);
  }
  assert.ok(calls > 0, 'a write calls those who listen');
  undo();
  for (let look = 0; look < 5; look += 1) await advance(0);
  const before = calls;
  await put(from, 'watched', 'unheard');
  for (let look = 0; look < 5; look += 1) await advance(0);
  assert.equal(calls, before, 'nobody is called who took his listener off');
}

export const sharedStatePromises: readonly SharedStatePromise[] = [
  {
    name: 'a shared value is read as it was written, until it is removed',
    async check({ shared }) {
      assert.equal(await shared.read('limit'), null);
      const value = { tokens: 1.5, at: [1, 2], note: 'ä"\\', none: null };
      const version = await shared.write({ key: 'limit', value, version: null });
      assert.deepEqual(await shared.read('limit'), { key: 'limit', value, version });
      const second = await shared.write({ key: 'limit', value: false, version });
      assert.deepEqual(await shared.read('limit'), { key: 'limit', value: false, version: second });
      await put(shared, 'limit', null);
      assert.equal(await shared.read('limit'), null);
      assert.deepEqual(await shared.list(''), []);
    },
  },
  {
    name: 'shared values are listed by how their keys begin, in the order of the keys',
    async check({ shared }) {
      const keys = [
        'pause:b',
        'pause:a',
        'pause:',
        'paus',
        'pausf',
        'pause:%',
        'Pause:a',
        'pause:ä',
        'pause_x',
      ];
      for (const key of keys) await put(shared, key, key);
      const entries = await shared.list('pause:');
      assert.deepEqual(
        entries.map(({ key, value }) => [key, value]),
        ['pause:', 'pause:%', 'pause:a', 'pause:b', 'pause:ä'].map((key) => [key, key]),
      );
      for (const entry of entries) assert.deepEqual(await shared.read(entry.key), entry);
      assert.equal((await shared.list('')).length, keys.length);
      assert.deepEqual(await shared.list('pause:%%'), []);
    },
  },
  {
    name: 'a write after somebody else wrote is refused and changes nothing',
    async check({ shared }) {
      const first = await put(shared, 'key', 'first');
      const second = await put(shared, 'key', 'second');
      const kept = await shared.read('key');
      for (const version of [null, first, 'no version']) {
        assert.equal(await shared.write({ key: 'key', value: 'stale', version }), null);
        assert.equal(await shared.write({ key: 'key', value: null, version }), null);
        assert.deepEqual(await shared.read('key'), kept);
      }
      assert.equal(await shared.write({ key: 'other', value: 'stale', version: second }), null);
      assert.equal(await shared.read('other'), null);
    },
  },
  {
    name: 'the version of a shared value never comes back, also when it was removed in between',
    async check({ shared }) {
      const seen: string[] = [];
      for (let round = 0; round < 3; round += 1) {
        seen.push(await put(shared, 'key', 'same'), await put(shared, 'key', 'same'));
        await put(shared, 'key', null);
      }
      assert.equal(new Set(seen).size, seen.length);
      await put(shared, 'key', 'same');
      for (const version of seen) {
        assert.equal(await shared.write({ key: 'key', value: 'stale', version }), null);
      }
    },
  },
  {
    name: 'of increments made at the same time none is lost',
    check: ({ shared }) => expectNoneLost([shared]),
  },
  {
    name: 'of increments made at the same time by two processes none is lost',
    needsShared: true,
    check: async ({ shared, elsewhere }) => expectNoneLost([shared, await elsewhere()]),
  },
  {
    name: 'a shared value written by one process is read by another',
    needsShared: true,
    async check({ shared: here, elsewhere }) {
      const there = await elsewhere();
      const version = await put(here, 'pause:mail', 'until noon');
      assert.deepEqual(await there.read('pause:mail'), { key: 'pause:mail', value: 'until noon', version });
      await put(there, 'pause:mail', null);
      assert.deepEqual(await here.list('pause:'), []);
    },
  },
  {
    name: 'a write calls those who listen, until they no longer want it',
    check: (bench) => expectCall(bench, bench.shared),
  },
  {
    name: 'a write of another process calls those who listen here',
    needsShared: true,
    check: async (bench) => expectCall(bench, await bench.elsewhere()),
  },
  {
    name: 'shared state tells the time of the store',
    async check({ shared, now, advance }) {
      const before = await shared.now();
      await advance(60_000);
      const passed = (await shared.now()) - before;
      assert.ok(passed >= 60_000 && passed < 120_000, `${passed} ms passed`);
      assert.ok(Math.abs((await shared.now()) - now()) < 60_000);
    },
  },
];
