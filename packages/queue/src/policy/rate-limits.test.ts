import { VirtualClock } from '@townkrier/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QueueErrorCode, RetryLaterError } from '../errors.ts';
import { InMemoryJobStore } from '../in-memory/in-memory-job-store.ts';
import type { JobHandler, WorkOptions } from '../queue-adapter.ts';
import { StoreQueueAdapter } from '../store-queue-adapter.ts';
import { limitKey } from './rate-limit.ts';

const LIMIT = { max: 20, per: 1_000 };
const NO_LEASE = 1e15;

/** Several adapters over one store, as several processes are. */
function setUp({ processes = 1 } = {}) {
  const clock = new VirtualClock();
  const history = { keepCompleted: 1e5, keepFailed: 1e5, keepCancelled: 1e5, finishedMaxAge: 1e12 };
  const store = new InMemoryJobStore({ clock, maxJobs: 1e6, ...history });
  const options = { clock, leaseMs: NO_LEASE, backoff: 1, onError: () => undefined };
  const adapters = Array.from({ length: processes }, () => new StoreQueueAdapter(store, options));
  const [adapter = new StoreQueueAdapter(store, options)] = adapters;
  const starts: { readonly at: number; readonly id: string }[] = [];
  const work = (workOptions: WorkOptions, handler: JobHandler = () => undefined) => {
    const counted: JobHandler = (context) => {
      starts.push({ at: clock.now(), id: context.job.id });
      return handler(context);
    };
    return adapters.map((each) => each.work(counted, { queues: ['mail'], ...workOptions }));
  };
  let added = 0;
  const add = (count: number, over: object = {}) =>
    adapter.add(
      Array.from({ length: count }, () => ({
        type: 'test',
        payload: null,
        queue: 'mail',
        id: `${added++}`,
        ...over,
      })),
    );
  return { clock, store, adapter, starts, work, add };
}

/** The most starts in any span of so many milliseconds, wherever it begins. */
function mostWithin(starts: readonly { readonly at: number }[], per: number): number {
  const moments = starts.map(({ at }) => at).sort((one, other) => one - other);
  let first = 0;
  return moments.reduce((most, moment, i) => {
    while ((moments[first] ?? moment) <= moment - per) first++;
    return Math.max(most, i - first + 1);
  }, 0);
}

const takes = (clock: VirtualClock, ms: number) => () =>
  new Promise<undefined>((resolve) => clock.schedule(() => resolve(undefined), ms));

describe('the measure of these tests', () => {
  it('sees what a bucket that is filled at once lets through at its edges', () => {
    const starts = [...Array(20).fill({ at: 990 }), ...Array(20).fill({ at: 1_010 })];
    expect(mostWithin(starts, 1_000)).toBe(40);
    expect(mostWithin([{ at: 0 }, { at: 1_000 }], 1_000)).toBe(1);
  });
});

describe('the limit of a queue', () => {
  it('is never passed in any span, whoever works, and is used to 95 % under load', async () => {
    const { clock, starts, work, add } = setUp({ processes: 8 });
    await add(400);
    work({ rateLimit: LIMIT, concurrency: 3 }, takes(clock, 7));
    const from = clock.now();
    await clock.advance(10_000);
    expect(mostWithin(starts, LIMIT.per)).toBeLessThanOrEqual(LIMIT.max);
    expect(starts.filter(({ at }) => at < from + 10_000).length).toBeGreaterThanOrEqual(
      0.95 * 10 * LIMIT.max,
    );
  });

  it('is never passed, whatever the limit, the workers and the jobs', async () => {
    const inputs = fc.record({
      max: fc.integer({ min: 1, max: 40 }),
      per: fc.integer({ min: 100, max: 3_000 }),
      processes: fc.integer({ min: 1, max: 4 }),
      concurrency: fc.integer({ min: 1, max: 30 }),
      adds: fc.array(fc.record({ count: fc.integer({ min: 1, max: 60 }), after: fc.nat(900) }), {
        maxLength: 6,
      }),
      runMs: fc.integer({ min: 0, max: 200 }),
    });
    await fc.assert(
      fc.asyncProperty(inputs, async ({ max, per, processes, concurrency, adds, runMs }) => {
        const { clock, starts, work, add } = setUp({ processes });
        work({ rateLimit: { max, per }, concurrency }, takes(clock, runMs));
        for (const { count, after } of adds) {
          await add(count);
          await clock.advance(after);
        }
        await clock.advance(3_000);
        expect(mostWithin(starts, per)).toBeLessThanOrEqual(max);
      }),
      { numRuns: 40 },
    );
  });

  it('lets a job start at once while there is some of it', async () => {
    const { clock, starts, work, add } = setUp();
    work({ rateLimit: LIMIT });
    await clock.advance(5_000);
    await add(20);
    await clock.settle();
    expect(starts).toHaveLength(20);
  });

  it('writes nothing and sets no timer while there is nothing to do', async () => {
    const { clock, store, work, add } = setUp();
    let writes = 0;
    work({ rateLimit: LIMIT });
    await add(1);
    await clock.advance(60_000);
    store.shared.onChange(() => writes++);
    await add(1, { queue: 'other' });
    await clock.advance(60_000);
    expect(writes).toBe(0);
    expect(clock.pendingTimers).toBe(1);
  });

  it('gives back what it took and did not need', async () => {
    const { clock, starts, work, add, store } = setUp({ processes: 2 });
    work({ rateLimit: LIMIT, concurrency: 20 });
    await clock.settle();
    await add(1);
    await clock.advance(100);
    expect((await store.shared.read(limitKey('mail')))?.value).toEqual([[expect.any(Number), 1]]);
    await add(19);
    await clock.settle();
    expect(starts).toHaveLength(20);
  });

  it('gives back what it holds when its worker stops', async () => {
    const { clock, work, add, store } = setUp();
    const [worker] = work({ rateLimit: LIMIT, concurrency: 20 });
    await add(1);
    await clock.settle();
    await worker?.stop();
    expect((await store.shared.read(limitKey('mail')))?.value).toEqual([[expect.any(Number), 1]]);
  });

  it('holds again for what a clock that ran ahead has left behind', async () => {
    const { clock, starts, work, add, store } = setUp();
    await store.shared.write({ key: limitKey('mail'), value: [[clock.now() + 1e9, 20]], version: null });
    work({ rateLimit: LIMIT });
    await add(1);
    await clock.settle();
    expect(starts).toHaveLength(1);
  });

  it('is refused where the worker has other queues, too, or processes share nothing', async () => {
    const { adapter, store } = setUp();
    const run = () => undefined;
    for (const options of [{}, { queues: ['a', 'b'] }, { exceptQueues: ['a'] }]) {
      expect(() => adapter.work(run, { rateLimit: LIMIT, ...options })).toThrow(
        /rateLimit is that of one queue/,
      );
    }
    expect(() => adapter.work(run, { queues: ['a'], rateLimit: { max: 0, per: 1_000 } })).toThrow(
      /rateLimit\.max must be 1 or more, got 0/,
    );
    Object.assign(store, { shared: undefined, capabilities: { ...store.capabilities, sharedState: false } });
    const lacking = new StoreQueueAdapter(store);
    expect(() => lacking.work(run, { queues: ['a'], rateLimit: LIMIT })).toThrow(
      expect.objectContaining({ code: QueueErrorCode.QUEUE_UNSUPPORTED }),
    );
  });

  it('gives jobs back that were claimed while the store could not say whether they may start', async () => {
    const { clock, starts, work, add, store, adapter } = setUp();
    work({ rateLimit: { key: LIMIT } });
    const read = store.shared.read.bind(store.shared);
    store.shared.read = () => Promise.reject(new Error('away'));
    await add(1, { groupKey: 'a' });
    await clock.settle();
    expect(await adapter.getJob('0')).toMatchObject({ status: 'pending', attempts: 0 });
    store.shared.read = read;
    await clock.advance(2_000);
    expect(starts).toHaveLength(1);
  });
});

describe('the limit of a key', () => {
  it('is never passed in any span and used to 95 %, and no other key waits for it', async () => {
    const { clock, starts, work, add } = setUp({ processes: 4 });
    await add(300, { groupKey: 'flood' });
    work({ rateLimit: { key: LIMIT }, concurrency: 5 }, takes(clock, 3));
    const from = clock.now();
    await clock.advance(5_000);
    const others = await add(10, { groupKey: 'other' });
    await add(5);
    await clock.advance(5_000);
    const ids = new Set(others.map(({ id }) => id));
    const flood = starts.filter(({ id }) => Number(id) < 300);
    expect(mostWithin(flood, LIMIT.per)).toBeLessThanOrEqual(LIMIT.max);
    expect(flood.length).toBeGreaterThanOrEqual(0.95 * 10 * LIMIT.max);
    const others5 = starts.filter(({ id }) => ids.has(id));
    expect(others5).toHaveLength(10);
    expect(Math.max(...others5.map(({ at }) => at))).toBeLessThan(from + 5_100);
  });

  it('touches each job of a backlog twice at most, and uses up no retry', async () => {
    const { clock, starts, work, add, adapter } = setUp({ processes: 2 });
    await add(500, { groupKey: 'flood', maxRetries: 0 });
    work({ rateLimit: { key: LIMIT } }, takes(clock, 10));
    await clock.advance(40_000);
    expect(starts).toHaveLength(500);
    const { jobs } = await adapter.findJobs({ limit: 1_000 });
    expect(jobs.every(({ status, attempts }) => status === 'completed' && attempts === 1)).toBe(true);
    expect(Math.max(...jobs.map(({ attemptLog }) => attemptLog.length))).toBe(2);
  });

  it('says why a job waits', async () => {
    const { clock, work, add, adapter } = setUp();
    work({ rateLimit: { key: { max: 1, per: 60_000 } } });
    await add(2, { groupKey: 'a' });
    await clock.settle();
    expect(await adapter.getJob('1')).toMatchObject({
      status: 'retrying',
      attempts: 0,
      error: { code: QueueErrorCode.QUEUE_RATE_LIMITED },
    });
  });

  it('cancels a job at once whose turn comes after it has expired', async () => {
    const { clock, work, add, adapter } = setUp();
    work({ rateLimit: { key: { max: 1, per: 60_000 } } });
    await add(2, { groupKey: 'a', expiresAt: clock.now() + 30_000 });
    await clock.settle();
    expect(await adapter.getJob('1')).toMatchObject({
      status: 'cancelled',
      error: { code: QueueErrorCode.QUEUE_JOB_EXPIRED },
    });
  });

  it('rests as long as an error asks for, and other keys go on', async () => {
    const { clock, starts, work, add } = setUp();
    const asked = [
      new RetryLaterError(30_000),
      Object.assign(new Error('slow down'), { retryAfterMs: 30_000 }),
    ];
    work({ rateLimit: { key: LIMIT } }, () => {
      const error = asked.shift();
      if (error !== undefined) throw error;
      return undefined;
    });
    const from = clock.now();
    for (const groupKey of ['a', 'b']) {
      await add(1, { groupKey });
      await clock.settle();
    }
    await add(5, { groupKey: 'a' });
    await add(5, { groupKey: 'c' });
    await clock.advance(29_999);
    expect(starts).toHaveLength(7);
    await clock.advance(3_000);
    expect(starts).toHaveLength(14);
    expect(starts.slice(7).every(({ at }) => at >= from + 30_000)).toBe(true);
  });

  it('holds beside that of the queue', async () => {
    const { clock, starts, work, add } = setUp({ processes: 2 });
    work({ rateLimit: { max: 10, per: 1_000, key: { max: 4, per: 1_000 } } });
    await add(40, { groupKey: 'a' });
    await add(40, { groupKey: 'b' });
    await add(40);
    await clock.advance(10_000);
    const ofKey = (first: number) =>
      mostWithin(
        starts.filter(({ id }) => Number(id) >= first && Number(id) < first + 40),
        1_000,
      );
    expect(mostWithin(starts, 1_000)).toBeLessThanOrEqual(10);
    expect(Math.max(ofKey(0), ofKey(40))).toBeLessThanOrEqual(4);
    expect(starts.length).toBeGreaterThanOrEqual(80);
  });

  it('leaves nothing behind of keys of long ago', async () => {
    const { clock, work, add, store } = setUp();
    work({ rateLimit: { key: LIMIT } });
    for (let i = 0; i < 30; i++) await add(1, { groupKey: `recipient ${i}` });
    await clock.settle();
    expect(await store.shared.list('limit:')).toHaveLength(30);
    await clock.advance(130_000);
    expect(await store.shared.list('limit:')).toEqual([]);
    expect(clock.pendingTimers).toBe(1);
  });
});
