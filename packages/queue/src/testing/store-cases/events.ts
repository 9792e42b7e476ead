import assert from 'node:assert/strict';
import type { JsonValue } from '@townkrier/core';
import type { EventLog, JobStore, LoggedEvents } from '../../job-store.ts';
import type { JobStoreCase } from '../job-store-case.ts';
import type { JobStoreContext } from '../job-store-context.ts';

/** More than the cases append, unless they are about what goes. */
const KEEP_ALL = 10_000;

function logOf({ events }: JobStore): EventLog {
  assert.ok(events, 'the store has `events`');
  return events;
}

async function logElsewhere({ harness }: JobStoreContext): Promise<EventLog> {
  assert.ok(harness.connect, 'the harness of a shared store needs `connect`');
  return logOf(await harness.connect());
}

function numbers(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

/** All that is kept after a cursor, read page by page, and whether some before that are missing. */
async function readOn(log: EventLog, cursor: string | null, limit = 1000): Promise<LoggedEvents> {
  const first = await log.read(cursor, limit);
  const events = [...first.events];
  for (let page = first; page.events.length > 0; events.push(...page.events)) {
    assert.ok(page.events.length <= limit, 'a page has no more than it may');
    page = await log.read(page.events.at(-1)?.cursor ?? null, limit);
    assert.equal(page.isGap, false, 'a reader that goes on at once misses none');
  }
  return { events, isGap: first.isGap };
}

/** The events after a cursor, of which none may be missing. */
async function readAll(log: EventLog, after: string | null): Promise<JsonValue[]> {
  const { events, isGap } = await readOn(log, after);
  assert.equal(isGap, false, 'none is missing');
  return events.map(({ event }) => event);
}

/** Reads a few events at a time, until all is appended and nothing more comes. */
async function readAlong(log: EventLog, start: string, appending: Promise<unknown>): Promise<JsonValue[]> {
  const read: JsonValue[] = [];
  let isAppended = false;
  void appending.then(() => {
    isAppended = true;
  });
  for (let after = start; ; ) {
    const wasAppended = isAppended;
    const { events, isGap } = await log.read(after, 7);
    assert.equal(isGap, false, 'a reader that keeps up misses none');
    read.push(...events.map(({ event }) => event));
    after = events.at(-1)?.cursor ?? after;
    if (wasAppended && events.length === 0) return read;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Appends from all places at once, two by two, while one of them is read. */
async function expectOneOrder(places: readonly EventLog[]): Promise<void> {
  const [log] = places;
  assert.ok(log);
  const start = await log.latest();
  const pairs = numbers(0, 60).map((i) => [2 * i, 2 * i + 1]);
  const appending = Promise.all(pairs.map((pair, i) => places[i % places.length]?.append(pair, KEEP_ALL)));
  const read = await readAlong(log, start, appending);
  await appending;
  for (const place of places)
    assert.deepEqual(await readAll(place, start), read, 'one order for all readers');
  const together = pairs.map((_, i) => read.slice(2 * i, 2 * i + 2));
  const sorted = together.toSorted((a, b) => Number(a[0]) - Number(b[0]));
  assert.deepEqual(sorted, pairs, 'what was appended together stays so, and is all there');
}

/** Checks that a listener is called until it was taken off. */
async function expectCall({ store, harness }: JobStoreContext, from: EventLog): Promise<void> {
  let calls = 0;
  const undo = logOf(store).onAppend(() => {
    calls += 1;
  });
  // A call may get lost now and then, but not each time.
  for (let look = 0; look < 200 && calls === 0; look += 1) {
    if (look % 20 === 0) await from.append([look], KEEP_ALL);
    await harness.advance(0);
  }
  assert.ok(calls > 0, 'an append calls those who listen');
  undo();
  for (let look = 0; look < 5; look += 1) await harness.advance(0);
  const before = calls;
  await from.append(['unheard'], KEEP_ALL);
  for (let look = 0; look < 5; look += 1) await harness.advance(0);
  assert.equal(calls, before, 'nobody is called who took his listener off');
}

const cases: readonly JobStoreCase[] = [
  {
    name: 'events are read as and in the order they were appended, page by page',
    async run({ store }) {
      const log = logOf(store);
      const events = ['one', { two: [2, null], note: 'ä"\\\u0000😀' }, 3, ['four'], { five: true }];
      await log.append(events.slice(0, 3), KEEP_ALL);
      await log.append([], KEEP_ALL);
      await log.append(events.slice(3), KEEP_ALL);
      assert.deepEqual(await readAll(log, null), events);
      const paged = await readOn(log, null, 2);
      assert.deepEqual([paged.isGap, paged.events.map(({ event }) => event)], [false, events]);
      const after = paged.events.at(-1)?.cursor ?? '';
      assert.equal(after, await log.latest(), 'the cursor of the last is the latest');
      assert.deepEqual(await readAll(log, after), []);
    },
  },
  {
    name: 'after the latest cursor comes nothing, and then all that is appended, also in an empty log',
    async run({ store }) {
      const log = logOf(store);
      assert.deepEqual(await readAll(log, null), []);
      const start = await log.latest();
      assert.equal(await log.latest(), start);
      assert.deepEqual(await readAll(log, start), []);
      await log.append([1, 2], KEEP_ALL);
      const next = await log.latest();
      await log.append([3], KEEP_ALL);
      assert.deepEqual(await readAll(log, start), [1, 2, 3]);
      assert.deepEqual(await readAll(log, next), [3]);
    },
  },
  {
    name: 'only the newest events are kept, and who misses some is told',
    async run({ store }) {
      const log = logOf(store);
      const keep = 50;
      const start = await log.latest();
      for (let i = 0; i < 20; i += 1) await log.append(numbers(i * 50, 50), keep);
      const late = await readOn(log, start);
      assert.equal(late.isGap, true, 'some are gone after the cursor from before them');
      const kept = late.events.length;
      assert.ok(kept >= keep && kept < 500, `${kept} are kept`);
      assert.deepEqual(
        late.events.map(({ event }) => event),
        numbers(1000 - kept, kept),
      );
      const second = await readAll(log, late.events[0]?.cursor ?? null);
      assert.equal(second.length, kept - 1, 'after one that is kept none is missing');
      assert.equal((await readAll(log, null)).length, kept, 'who asks for what is kept misses none');
    },
  },
  {
    name: 'a cursor that the log never gave is one whose followers are gone',
    async run({ store }) {
      const log = logOf(store);
      await log.append([1, 2], KEEP_ALL);
      for (const cursor of ['', 'no cursor', '-1', '1e3']) {
        const { events, isGap } = await log.read(cursor, 10);
        assert.deepEqual([isGap, events.map(({ event }) => event)], [true, [1, 2]], `after "${cursor}"`);
      }
    },
  },
  {
    name: 'events appended at the same time have one order, and a reader that goes along misses none',
    run: ({ store }) => expectOneOrder([logOf(store)]),
  },
  {
    name: 'events appended at the same time by two processes have one order, and a reader that goes along misses none',
    needsShared: true,
    run: async (context) => expectOneOrder([logOf(context.store), await logElsewhere(context)]),
  },
  {
    name: 'appended events call those who listen, until they no longer want it',
    run: (context) => expectCall(context, logOf(context.store)),
  },
  {
    name: 'events that another process appended call those who listen here',
    needsShared: true,
    run: async (context) => expectCall(context, await logElsewhere(context)),
  },
];

export const eventCases: readonly JobStoreCase[] = cases.map((each) => ({ ...each, needs: ['events'] }));
