import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, it, vi } from 'vitest';
import { NonRetryableError, QueueError, QueueErrorCode, RetryLaterError } from './errors.ts';
import { InMemoryJobStore } from './in-memory/in-memory-job-store.ts';
import {
  InMemoryQueueAdapter,
  type InMemoryQueueAdapterOptions,
} from './in-memory/in-memory-queue-adapter.ts';
import type { JobStore, JobUpdate } from './job-store.ts';
import { StoreQueueAdapter } from './store-queue-adapter.ts';

function setUp(options: InMemoryQueueAdapterOptions = {}) {
  const clock = new VirtualClock();
  return { clock, adapter: new InMemoryQueueAdapter({ clock, ...options }) };
}

function setUpStore(options: object = {}) {
  const clock = new VirtualClock();
  const history = { keepCompleted: 100, keepFailed: 100, keepCancelled: 100, finishedMaxAge: 1e9 };
  const store = new InMemoryJobStore({ clock, maxJobs: 1_000, ...history });
  return { clock, store, adapter: new StoreQueueAdapter(store, { clock, ...options }) };
}
const job = (id: string, over: object = {}) => ({ type: 'test', payload: null, id, ...over });
const forever = () => new Promise<undefined>(() => undefined);

describe('a worker', () => {
  it('runs a job that is added to an idle queue without any time passing', async () => {
    const { adapter, clock } = setUp();
    const handler = vi.fn(() => undefined);
    adapter.work(handler);
    await clock.settle();
    await adapter.add([job('a')]);
    await clock.settle();
    expect(handler).toHaveBeenCalledTimes(1);
  });

  it('sets no timer but its heartbeat while nothing waits', async () => {
    const { adapter, clock } = setUp({ leaseMs: 15_000 });
    adapter.work(() => undefined);
    await clock.advance(60_000);
    expect(clock.pendingTimers).toBe(1);
    expect(clock.nextTimerAt).toBe(clock.now() + 5_000);
  });

  it('starts a scheduled job at its very millisecond', async () => {
    const { adapter, clock } = setUp();
    const startedAt: number[] = [];
    adapter.work(({ job: { startedAt: at } }) => {
      startedAt.push(at?.getTime() ?? 0);
    });
    await clock.settle();
    const dueAt = clock.now() + 12_345;
    await adapter.add([job('a', { scheduledFor: dueAt })]);
    await clock.advance(60_000);
    expect(startedAt).toEqual([dueAt]);
  });

  it('does not grow the stack with the number of jobs, also when handlers return at once', async () => {
    const { adapter, clock } = setUp({ keepCompleted: 0 });
    let runs = 0;
    adapter.work(() => {
      runs++;
    });
    await adapter.add(Array.from({ length: 20_000 }, (_, i) => job(String(i))));
    for (let turn = 0; turn < 1_000 && runs < 20_000; turn++) await clock.settle();
    expect(runs).toBe(20_000);
  });

  it('lets the event loop turn while it works off a backlog of quick jobs', async () => {
    const { adapter } = setUp();
    let runs = 0;
    await adapter.add(Array.from({ length: 5_000 }, (_, i) => job(String(i))));
    adapter.work(() => {
      runs++;
    });
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(runs).toBeGreaterThan(0);
    expect(runs).toBeLessThan(5_000);
  });

  it('makes no abort signal for a handler that does not ask for one', async () => {
    const { adapter, clock } = setUp();
    const made = vi.spyOn(globalThis, 'AbortController');
    adapter.work(() => undefined);
    await adapter.add([job('a')]);
    await clock.settle();
    expect(made).not.toHaveBeenCalled();
    made.mockRestore();
  });

  it('gives methods that may be taken out of the context', async () => {
    const { adapter, clock } = setUp();
    adapter.work(async ({ log, progress }) => {
      await log('hello');
      await progress(50, 'half');
      return undefined;
    });
    await adapter.add([job('a')]);
    await clock.settle();
    const stored = await adapter.getJob('a');
    expect(stored?.logs.map(({ message }) => message)).toEqual(['hello']);
    expect(stored?.progress).toEqual({ percent: 50, step: 'half' });
  });
});

describe('timeouts', () => {
  it('fail the attempt of a handler that never ends, and free its place', async () => {
    const { adapter, clock } = setUp({ maxRetries: 0, timeout: 1_000 });
    adapter.work(({ job: { id } }) => (id === 'hangs' ? forever() : undefined), { concurrency: 1 });
    await adapter.add([job('hangs'), job('next')]);
    await clock.advance(1_000);
    expect((await adapter.getJob('hangs'))?.error).toMatchObject({ code: 'QUEUE_JOB_TIMEOUT' });
    expect((await adapter.getJob('next'))?.status).toBe('completed');
  });

  it('abort the signal, also one that is first asked for afterwards', async () => {
    const { adapter, clock } = setUp({ maxRetries: 0, timeout: 1_000 });
    let isAborted: (() => boolean) | undefined;
    adapter.work((context) => {
      isAborted = () => context.signal.aborted;
      return forever();
    });
    await adapter.add([job('a')]);
    await clock.advance(1_000);
    expect(isAborted?.()).toBe(true);
  });

  it('record a result that comes after them as late, and keep the outcome', async () => {
    const { adapter, clock } = setUp({ maxRetries: 0, timeout: 1_000 });
    const late = vi.fn();
    adapter.on('job:late', late);
    const { promise, resolve } = Promise.withResolvers<string>();
    adapter.work(() => promise);
    await adapter.add([job('a')]);
    await clock.advance(1_000);
    resolve('done after all');
    await clock.settle();
    const stored = await adapter.getJob('a');
    expect(stored).toMatchObject({ status: 'failed', result: null, attemptLog: [{ outcome: 'late' }] });
    expect(late).toHaveBeenCalledTimes(1);
  });
});

describe('retries', () => {
  async function waitsOf(error: () => Error, options: InMemoryQueueAdapterOptions, over: object = {}) {
    const { adapter, clock } = setUp(options);
    const waits: number[] = [];
    adapter.on('job:retrying', ({ delayMs }) => {
      waits.push(delayMs);
    });
    adapter.work(() => {
      throw error();
    });
    await adapter.add([job('a', over)]);
    await clock.advance(60_000);
    return { waits, stored: await adapter.getJob('a') };
  }

  it('wait twice as long each time and end with the last error', async () => {
    const { waits, stored } = await waitsOf(() => new Error('no'), { maxRetries: 3, retryDelay: 1_000 });
    expect(waits).toEqual([1_000, 2_000, 4_000]);
    expect(stored).toMatchObject({ status: 'failed', attempts: 4, error: { message: 'no' } });
  });

  it('wait as a function of the adapter says that the job names', async () => {
    const backoffs = { squares: ({ retry }: { retry: number }) => retry * retry * 10 };
    const over = { backoff: { type: 'custom', name: 'squares' } };
    const { waits } = await waitsOf(() => new Error('no'), { backoffs }, over);
    expect(waits).toEqual([10, 40, 90]);
  });

  it('survive a backoff function that throws, and report it', async () => {
    const onError = vi.fn();
    const backoffs = { broken: () => Number.NaN };
    const over = { backoff: { type: 'custom', name: 'broken' } };
    const { waits } = await waitsOf(() => new Error('no'), { backoffs, onError }, over);
    expect(waits).toEqual([1_000, 2_000, 4_000]);
    expect(onError).toHaveBeenCalledTimes(3);
  });

  it('wait at least as long as the error asks in retryAfterMs', async () => {
    const error = () => Object.assign(new Error('slow down'), { retryAfterMs: 3_000 });
    const { waits } = await waitsOf(error, { retryDelay: 1_000 });
    expect(waits).toEqual([3_000, 3_000, 4_000]);
  });

  it('do not happen after a NonRetryableError', async () => {
    const { waits, stored } = await waitsOf(() => new NonRetryableError('gone'), {});
    expect(waits).toEqual([]);
    expect(stored).toMatchObject({ status: 'failed', attempts: 1 });
  });

  it('are not used up by a RetryLaterError', async () => {
    const { adapter, clock } = setUp({ maxRetries: 0 });
    let runs = 0;
    adapter.work(() => {
      if (++runs < 5) throw new RetryLaterError(1_000);
    });
    await adapter.add([job('a')]);
    await clock.advance(4_000);
    const stored = await adapter.getJob('a');
    expect(stored).toMatchObject({ status: 'completed', attempts: 1 });
    expect(stored?.attemptLog.map(({ outcome }) => outcome)).toEqual([
      'postponed',
      'postponed',
      'postponed',
      'postponed',
      'completed',
    ]);
  });

  it.each([[-1], [Number.NaN], [Number.POSITIVE_INFINITY]])(
    'a RetryLaterError of %s ms is refused where it is made',
    (delay) => {
      expect(() => new RetryLaterError(delay)).toThrow(/delayMs/);
    },
  );
});

describe('group commit', () => {
  it('stores the adds of one tick in one call, each with its own jobs', async () => {
    const { adapter, store } = setUpStore();
    const insert = vi.spyOn(store, 'insert');
    const added = await Promise.all(['a', 'b', 'c'].map((id) => adapter.add([job(id)])));
    expect(added.map((jobs) => jobs.map(({ id }) => id))).toEqual([['a'], ['b'], ['c']]);
    expect(insert).toHaveBeenCalledTimes(1);
  });

  it('refuses all adds of one call when the store is away, without asking it once more for each', async () => {
    const { adapter, store } = setUpStore();
    const away = new QueueError(QueueErrorCode.QUEUE_UNAVAILABLE, 'no answer');
    const insert = vi.spyOn(store, 'insert').mockRejectedValue(away);
    const adds = await Promise.allSettled(['a', 'b', 'c'].map((id) => adapter.add([job(id)])));
    expect(adds).toEqual(Array.from({ length: 3 }, () => ({ status: 'rejected', reason: away })));
    expect(insert).toHaveBeenCalledTimes(1);
  });

  it('refuses those that wait for their turn with them: the last of many waits no longer than the first', async () => {
    const { adapter, store } = setUpStore();
    const away = new QueueError(QueueErrorCode.QUEUE_UNAVAILABLE, 'no answer');
    const insert = vi.spyOn(store, 'insert').mockRejectedValue(away);
    const adds = await Promise.allSettled(
      Array.from({ length: 2_000 }, (_, n) => adapter.add([job(`${n}`)])),
    );
    expect(adds.every((add) => add.status === 'rejected' && add.reason === away)).toBe(true);
    expect(insert).toHaveBeenCalledTimes(1);
  });

  it('settles the jobs that end in one tick in one call', async () => {
    const { adapter, clock, store } = setUpStore();
    const settle = vi.spyOn(store, 'settle');
    await adapter.add(['a', 'b', 'c'].map((id) => job(id)));
    adapter.work(async () => undefined);
    await clock.settle();
    expect(settle.mock.calls.map(([settlements]) => settlements.length)).toEqual([3]);
  });

  it('stores what jobs say in one tick in one call, where the store can, and before they end', async () => {
    const { adapter, clock, store } = setUpStore();
    const calls: string[] = [];
    const settle = store.settle.bind(store);
    store.settle = (settlements) => {
      calls.push(`settle ${settlements.length}`);
      return settle(settlements);
    };
    Object.assign(store, {
      updateMany: (updates: readonly JobUpdate[]) => {
        calls.push(`update ${updates.length}`);
        return Promise.all(updates.map(({ fence, patch }) => store.update(fence, patch)));
      },
    });
    await adapter.add(['a', 'b', 'c'].map((id) => job(id)));
    adapter.work(async ({ progress, log }) => {
      await progress(50);
      void log('nobody waits for this');
    });
    await clock.settle();
    expect(calls).toEqual(['update 3', 'update 3', 'settle 3']);
    expect((await adapter.getJob('a'))?.logs).toHaveLength(1);
  });

  it('tells a job that what it said could not be stored', async () => {
    const { adapter, clock, store } = setUpStore({ maxRetries: 0 });
    Object.assign(store, { updateMany: async () => Promise.reject(new Error('disk full')) });
    await adapter.add([job('a')]);
    adapter.work(({ progress }) => progress(50).then(() => undefined));
    await clock.settle();
    expect((await adapter.getJob('a'))?.error?.message).toBe('disk full');
  });

  it('never claims more than it can start', async () => {
    const { adapter, clock, store } = setUpStore();
    const claim = vi.spyOn(store, 'claim');
    adapter.work(forever, { concurrency: 2 });
    await adapter.add(['a', 'b', 'c'].map((id) => job(id)));
    await clock.settle();
    expect((await adapter.getStats()).processing).toBe(2);
    expect(Math.max(...claim.mock.calls.map(([{ limit }]) => limit))).toBe(2);
  });
});

describe('a store that claims when it settles', () => {
  function setUpClaiming({ stepsAtOnce, ...options }: { stepsAtOnce?: number; onError?: () => void } = {}) {
    const { clock, store, adapter } = setUpStore(options);
    const settleAndClaim = vi.fn<NonNullable<JobStore['settleAndClaim']>>(async (settlements, request) => ({
      results: await store.settle(settlements),
      claimed: await store.claim(request),
    }));
    Object.assign(store, { settleAndClaim, stepsAtOnce });
    return { clock, adapter, settleAndClaim };
  }
  const jobs = (count: number) => Array.from({ length: count }, (_, i) => job(`job-${i}`));

  it('gets several commits at once, each with a claim for the places that become free', async () => {
    const { adapter, clock, settleAndClaim } = setUpClaiming();
    await adapter.add(jobs(40));
    adapter.work(async () => undefined, { concurrency: 8 });
    await clock.settle();
    const [first] = settleAndClaim.mock.calls;
    expect([first?.[0].length, first?.[1].limit]).toEqual([2, 2]);
    await clock.settle();
    expect((await adapter.getStats()).completed).toBe(40);
  });

  it('gets what ends at once in as many commits as it wants', async () => {
    const { adapter, clock, settleAndClaim } = setUpClaiming({ stepsAtOnce: 1 });
    await adapter.add(jobs(16));
    adapter.work(async () => undefined, { concurrency: 8 });
    await clock.settle();
    const [first] = settleAndClaim.mock.calls;
    expect([first?.[0].length, first?.[1].limit]).toEqual([8, 8]);
  });

  it('gets what ends while a commit is under way with the next', async () => {
    const { adapter, clock, settleAndClaim } = setUpClaiming({ stepsAtOnce: 1 });
    let answer: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const settle = settleAndClaim.getMockImplementation();
    settleAndClaim.mockImplementationOnce(async (...args) => {
      await waiting;
      return settle?.(...args) ?? { results: [], claimed: [] };
    });
    await adapter.add(jobs(4));
    adapter.work(
      ({ job: { id } }) => new Promise((end) => clock.schedule(() => end(id), Number(id.at(-1)))),
      {
        concurrency: 4,
      },
    );
    await clock.advance(3);
    expect(settleAndClaim).toHaveBeenCalledTimes(1);
    answer();
    await clock.settle();
    await clock.settle();
    expect(settleAndClaim.mock.calls.map(([settlements]) => settlements.length)).toEqual([1, 3]);
    expect((await adapter.getStats()).completed).toBe(4);
  });

  it('is asked for no job by a worker that stops', async () => {
    const { adapter, clock, settleAndClaim } = setUpClaiming();
    const started = vi.fn();
    const worker = adapter.work(
      async () => {
        started();
        await new Promise((resolve) => clock.schedule(() => resolve(undefined), 10));
      },
      { concurrency: 1 },
    );
    await adapter.add(jobs(2));
    await clock.settle();
    const stopped = worker.stop();
    await clock.advance(10);
    await stopped;
    expect(started).toHaveBeenCalledTimes(1);
    expect(settleAndClaim).not.toHaveBeenCalled();
    expect((await adapter.getJob('job-1'))?.status).toBe('pending');
  });

  it('is asked again when it fails, without a job being run again', async () => {
    const onError = vi.fn();
    const { adapter, clock, settleAndClaim } = setUpClaiming({ onError });
    settleAndClaim.mockRejectedValueOnce(new Error('connection lost'));
    const handler = vi.fn(async () => 'done');
    adapter.work(handler, { concurrency: 4 });
    await adapter.add(jobs(4));
    await clock.advance(1_000);
    expect((await adapter.getStats()).completed).toBe(4);
    expect(handler).toHaveBeenCalledTimes(4);
    expect(onError).toHaveBeenCalledTimes(1);
  });
});

describe('a store that fails', () => {
  it('does not make a worker repeat finished work: the settlement is tried again', async () => {
    const onError = vi.fn();
    const { adapter, clock, store } = setUpStore({ onError });
    const handler = vi.fn(() => 'done');
    vi.spyOn(store, 'settle').mockRejectedValueOnce(new Error('disk full'));
    adapter.work(handler);
    await adapter.add([job('a')]);
    await clock.advance(1_000);
    expect((await adapter.getJob('a'))?.status).toBe('completed');
    expect(handler).toHaveBeenCalledTimes(1);
    expect(onError).toHaveBeenCalledTimes(1);
  });

  it('does not stop a worker: it claims again', async () => {
    const onError = vi.fn();
    const { adapter, clock, store } = setUpStore({ onError });
    vi.spyOn(store, 'claim').mockRejectedValueOnce(new Error('connection lost'));
    adapter.work(() => 'done');
    await adapter.add([job('a')]);
    await clock.advance(1_000);
    expect((await adapter.getJob('a'))?.status).toBe('completed');
    expect(onError).toHaveBeenCalledTimes(1);
  });
});

describe('results', () => {
  it('that JSON can express in its own way are stored so, and others left out, and the job completes', async () => {
    const { adapter, clock } = setUp();
    const results: Record<string, unknown> = { date: { at: new Date(0) }, circle: {}, big: { n: 1n } };
    Object.assign(Object(results['circle']), { self: results['circle'] });
    adapter.work(({ job: { id } }) => Object(results)[id]);
    await adapter.add(Object.keys(results).map((id) => job(id)));
    await clock.settle();
    const stored = await Promise.all(Object.keys(results).map((id) => adapter.getJob(id)));
    expect(stored.map((one) => [one?.status, one?.result])).toEqual([
      ['completed', { at: '1970-01-01T00:00:00.000Z' }],
      ['completed', null],
      ['completed', null],
    ]);
  });
});

describe('stopping', () => {
  it('gives what is still in hand back after shutdownTimeout, without using up a retry', async () => {
    const { adapter, clock } = setUp({ shutdownTimeout: 2_000 });
    const worker = adapter.work(forever);
    await adapter.add([job('a')]);
    await clock.settle();
    const stopped = worker.stop();
    expect(worker.stop()).toBe(stopped);
    await clock.advance(2_000);
    await stopped;
    expect(await adapter.getJob('a')).toMatchObject({
      status: 'pending',
      attempts: 0,
      attemptLog: [{ outcome: 'interrupted' }],
    });
  });

  it('refuses adds and workers after close', async () => {
    const { adapter } = setUp();
    await adapter.close();
    await adapter.close();
    await expect(adapter.add([job('a')])).rejects.toMatchObject({ code: 'QUEUE_CLOSED' });
    expect(() => adapter.work(() => undefined)).toThrow(/closed/);
  });
});

describe('listeners', () => {
  it('that throw or reject break nothing and are reported', async () => {
    const onListenerError = vi.fn();
    const { adapter, clock } = setUp({ onListenerError });
    adapter.on('job:started', () => {
      throw new Error('bad listener');
    });
    adapter.work(() => undefined);
    await adapter.add([job('a')]);
    await clock.settle();
    expect((await adapter.getJob('a'))?.status).toBe('completed');
    expect(onListenerError).toHaveBeenCalledTimes(1);
  });
});

describe('a job that expires', () => {
  it('is cancelled and not run by a worker that comes to it at its very moment', async () => {
    const { adapter, clock } = setUp();
    const handler = vi.fn(() => undefined);
    const cancelled = vi.fn();
    adapter.on('job:cancelled', cancelled);
    const expiresAt = clock.now() + 1_000;
    await adapter.add([job('late', { expiresAt }), job('in-time', { expiresAt: expiresAt + 1 })]);
    await clock.advance(1_000);
    adapter.work(handler);
    await clock.settle();
    expect(handler).toHaveBeenCalledTimes(1);
    expect(await adapter.getJob('in-time')).toMatchObject({ status: 'completed' });
    expect(await adapter.getJob('late')).toMatchObject({
      status: 'cancelled',
      attempts: 0,
      error: { code: QueueErrorCode.QUEUE_JOB_EXPIRED },
    });
    expect(cancelled).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ jobId: 'late', attempts: 0, reason: expect.stringContaining('expired') }),
    );
  });

  it('is cancelled at once when its retry would come too late, and keeps why it failed', async () => {
    const { adapter, clock } = setUp({ backoff: 5_000 });
    adapter.work(() => {
      throw new Error('no luck');
    });
    await adapter.add([
      job('a', { expiresAt: clock.now() + 5_000 }),
      job('b', { expiresAt: clock.now() + 5_001 }),
    ]);
    await clock.settle();
    expect(await adapter.getJob('a')).toMatchObject({
      status: 'cancelled',
      error: { code: QueueErrorCode.QUEUE_JOB_EXPIRED, causes: ['Error: no luck'] },
      attemptLog: [{ outcome: 'failed', error: { message: 'no luck' } }],
    });
    expect(await adapter.getJob('b')).toMatchObject({ status: 'retrying' });
  });

  it('is cancelled when it was postponed beyond its end', async () => {
    const { adapter, clock } = setUp();
    adapter.work(() => {
      throw new RetryLaterError(60_000);
    });
    await adapter.add([job('a', { expiresAt: clock.now() + 60_000 })]);
    await clock.settle();
    expect(await adapter.getJob('a')).toMatchObject({ status: 'cancelled' });
  });

  it('frees its place for jobs that wait behind it', async () => {
    const { adapter, clock } = setUp();
    const handler = vi.fn(() => undefined);
    const expired = Array.from({ length: 50 }, (_, i) => job(`old-${i}`, { expiresAt: clock.now() }));
    await adapter.add([...expired, job('new')]);
    adapter.work(handler, { concurrency: 2 });
    for (let turn = 0; turn < 60; turn++) await clock.settle();
    expect(handler).toHaveBeenCalledTimes(1);
    expect((await adapter.getStats()).cancelled).toBe(50);
  });
});

describe('retrying by hand', () => {
  it('checks and freezes a new payload, and its size', async () => {
    const { adapter, clock } = setUp({ maxPayloadBytes: 20, maxRetries: 0 });
    adapter.work(({ job: { payload } }) => {
      if (payload === null) throw new Error('no luck');
    });
    await adapter.add([job('a')]);
    await clock.settle();
    const tooLarge = adapter.retryJob('a', { payload: 'x'.repeat(30) });
    await expect(tooLarge).rejects.toMatchObject({ code: QueueErrorCode.QUEUE_PAYLOAD_TOO_LARGE });
    await expect(adapter.retryJob('a', { maxReplays: -1 })).rejects.toMatchObject({
      code: QueueErrorCode.QUEUE_JOB_INVALID,
    });
    await expect(adapter.retryJob('a', { maxReplays: 0 })).rejects.toMatchObject({
      code: QueueErrorCode.QUEUE_REPLAY_LIMIT,
    });
    const given = { ok: [1] };
    await adapter.retryJob('a', { payload: given });
    given.ok.push(2);
    await clock.settle();
    expect(await adapter.getJob('a')).toMatchObject({
      status: 'completed',
      payload: { ok: [1] },
      replays: 1,
    });
  });
});

describe('a worker for all queues but some', () => {
  it('leaves those out', async () => {
    const { adapter, clock } = setUp();
    const ran: string[] = [];
    adapter.work(({ job: { queue } }) => void ran.push(queue), { exceptQueues: ['mail', 'pdf'] });
    await adapter.add([
      job('a', { queue: 'mail' }),
      job('b', { queue: 'other' }),
      job('c', { queue: 'pdf' }),
    ]);
    await clock.settle();
    expect(ran).toEqual(['other']);
  });
});
