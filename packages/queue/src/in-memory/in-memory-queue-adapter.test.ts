import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, it } from 'vitest';
import { InMemoryQueueAdapter, type InMemoryQueueAdapterOptions } from './in-memory-queue-adapter.ts';

function setUp(options: InMemoryQueueAdapterOptions = {}) {
  const clock = new VirtualClock();
  return { clock, adapter: new InMemoryQueueAdapter({ clock, ...options }) };
}
const job = (id: string, over: object = {}) => ({ type: 'test', payload: { id }, id, ...over });

describe('InMemoryQueueAdapter options', () => {
  it('accepts the options of the first guide', () => {
    expect(() =>
      setUp({ maxRetries: 3, retryDelay: 1000, timeout: 30000, pollInterval: 1000 }),
    ).not.toThrow();
  });

  it.each([
    [{ maxRetries: -1 }, /maxRetries.*-1/],
    [{ retryDelay: Number.NaN }, /retryDelay.*NaN/],
    [{ timeout: 0 }, /timeout.*0/],
    [{ maxJobs: 0 }, /maxJobs.*0/],
    [{ keepFailed: 1.5 }, /keepFailed.*1\.5/],
    [{ leaseMs: 100, heartbeatMs: 90 }, /heartbeatMs.*90/],
    [{ backoff: { type: 'linear', delay: 1 } }, /backoff/],
    [{ maxRetry: 3 }, /unknown key maxRetry .*maxRetries/],
  ])('refuses %j, naming key and value', (options, message) => {
    expect(() => new InMemoryQueueAdapter(options as InMemoryQueueAdapterOptions)).toThrow(message);
  });
});

describe('what the history keeps', () => {
  it('lets the oldest completed jobs go beyond keepCompleted', async () => {
    const { adapter, clock } = setUp({ keepCompleted: 2 });
    await adapter.add(['a', 'b', 'c'].map((id) => job(id)));
    adapter.work(() => undefined, { concurrency: 1 });
    await clock.settle();
    expect(await Promise.all(['a', 'b', 'c'].map((id) => adapter.getJob(id).then(Boolean)))).toEqual([
      false,
      true,
      true,
    ]);
    expect((await adapter.getStats()).completed).toBe(2);
  });

  it('lets a finished job go when it is older than finishedMaxAge', async () => {
    const { adapter, clock } = setUp({ finishedMaxAge: 60_000 });
    await adapter.add([job('a')]);
    await adapter.cancelJob('a');
    await clock.advance(60_000);
    expect(await adapter.getJob('a')).not.toBeNull();
    await clock.advance(1);
    expect(await adapter.getJob('a')).toBeNull();
  });

  it('keeps a job until its keyRetention is over, though no completed job is kept', async () => {
    const { adapter, clock } = setUp({ keepCompleted: 0 });
    adapter.work(() => undefined);
    await adapter.add([job('a', { idempotencyKey: 'k', keyRetention: 60_000 }), job('b')]);
    await clock.advance(59_999);
    expect([await adapter.getJob('a').then(Boolean), await adapter.getJob('b')]).toEqual([true, null]);
    const [kept] = await adapter.add([job('c', { idempotencyKey: 'k' })]);
    expect(kept).toMatchObject({ id: 'a', status: 'completed' });
    await clock.advance(1);
    const [fresh] = await adapter.add([job('c', { idempotencyKey: 'k' })]);
    expect(fresh).toMatchObject({ id: 'c', status: 'pending' });
  });

  it('counts the limits of the history from the end of the keyRetention on', async () => {
    const { adapter, clock } = setUp({ keepCancelled: 1, finishedMaxAge: 1_000 });
    await adapter.add([job('a', { keyRetention: 5_000 }), job('b'), job('c', { keyRetention: 60_000 })]);
    for (const id of ['a', 'b', 'c']) await adapter.cancelJob(id);
    const kept = async () => (await adapter.findJobs({ order: 'asc' })).jobs.map(({ id }) => id);
    expect(await kept()).toEqual(['a', 'b', 'c']);
    await clock.advance(1_001);
    expect(await kept()).toEqual(['a', 'c']);
    await clock.advance(4_999);
    expect(await kept()).toEqual(['a', 'c']);
    await clock.advance(1);
    expect(await kept()).toEqual(['c']);
  });

  it('starts and deletes again what it keeps for its keyRetention', async () => {
    const { adapter, clock } = setUp({ keepCancelled: 0 });
    await adapter.add(['a', 'b', 'c'].map((id) => job(id, { keyRetention: 60_000 })));
    for (const id of ['a', 'b', 'c']) await adapter.cancelJob(id);
    expect(await adapter.retryJob('b')).toMatchObject({ status: 'pending', replays: 1 });
    await adapter.deleteJob('a');
    await clock.advance(60_000);
    expect(await adapter.getStats()).toMatchObject({ pending: 1, cancelled: 0 });
  });

  it('keeps no job longer than its removeAfter, and none for it that the limits let go', async () => {
    const { adapter, clock } = setUp({ keepCancelled: 3 });
    const late = { removeAfter: 60_000 };
    await adapter.add([job('a', late), job('b', { removeAfter: 5_000 }), job('c'), job('d', late)]);
    for (const id of ['a', 'b', 'c', 'd']) await adapter.cancelJob(id);
    const kept = async () => (await adapter.findJobs({ order: 'asc' })).jobs.map(({ id }) => id);
    expect(await kept()).toEqual(['b', 'c', 'd']);
    await clock.advance(4_999);
    expect(await kept()).toEqual(['b', 'c', 'd']);
    await clock.advance(1);
    expect(await kept()).toEqual(['c', 'd']);
    await adapter.retryJob('d');
    await clock.advance(60_000);
    expect(await kept()).toEqual(['c', 'd']);
    await adapter.cancelJob('d');
    await clock.advance(60_000);
    expect(await kept()).toEqual(['c']);
  });

  it('lets a job go at the later end of keyRetention and removeAfter', async () => {
    const { adapter, clock } = setUp();
    await adapter.add([
      job('a', { keyRetention: 5_000, removeAfter: 60_000 }),
      job('b', { keyRetention: 60_000, removeAfter: 5_000 }),
    ]);
    for (const id of ['a', 'b']) await adapter.cancelJob(id);
    await clock.advance(59_999);
    expect((await adapter.findJobs({})).total).toBe(2);
    await clock.advance(1);
    expect((await adapter.findJobs({})).total).toBe(0);
  });

  it('frees the idempotency key with the job', async () => {
    const { adapter } = setUp();
    await adapter.add([job('a', { idempotencyKey: 'k' })]);
    await adapter.deleteJob('a');
    const [again] = await adapter.add([job('b', { idempotencyKey: 'k' })]);
    expect(again?.id).toBe('b');
  });
});

describe('maxJobs', () => {
  it('counts unfinished jobs only, and refuses with what to do about it', async () => {
    const { adapter, clock } = setUp({ maxJobs: 2 });
    await adapter.add([job('a'), job('b')]);
    await expect(adapter.add([job('c')])).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    adapter.work(() => undefined);
    await clock.settle();
    await expect(adapter.add([job('c'), job('d')])).resolves.toHaveLength(2);
  });

  it('does not make the adds of others fail that came in the same tick', async () => {
    const { adapter } = setUp({ maxJobs: 2 });
    const results = await Promise.allSettled([
      adapter.add([job('a')]),
      adapter.add([job('b'), job('c')]),
      adapter.add([job('d')]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('stores nothing of an add that does not fit whole', async () => {
    const { adapter } = setUp({ maxJobs: 1 });
    await adapter.add([job('a'), job('b')]).catch(() => undefined);
    expect((await adapter.findJobs({})).total).toBe(0);
  });
});

describe('wrong values of a new job', () => {
  it.each([
    [{ priority: 1001 }, 'QUEUE_JOB_INVALID', /priority.*1001/],
    [{ priority: Number.NaN }, 'QUEUE_JOB_INVALID', /priority.*NaN/],
    [{ maxRetries: -1 }, 'QUEUE_JOB_INVALID', /maxRetries.*-1/],
    [{ timeout: Number.NaN }, 'QUEUE_JOB_INVALID', /timeout.*NaN/],
    [{ scheduledFor: Number.NaN }, 'QUEUE_JOB_INVALID', /scheduledFor.*NaN/],
    [{ queue: '' }, 'QUEUE_JOB_INVALID', /queue/],
    [{ metadata: { a: [new Date(0)] } }, 'QUEUE_PAYLOAD_INVALID', /metadata\.a\[0\] is an instance of Date/],
    [{ payload: { text: 'x'.repeat(300_000) } }, 'QUEUE_PAYLOAD_TOO_LARGE', /300\d+ bytes.*262144/],
    [{ backoff: { type: 'custom', name: 'nope' } }, 'QUEUE_JOB_INVALID', /backoff\.name.*"nope"/],
  ])('are refused, naming key and value: %#', async (over, code, message) => {
    const { adapter } = setUp();
    const added = adapter.add([job('a', over)]);
    await expect(added).rejects.toMatchObject({ code });
    await expect(added).rejects.toThrow(message);
  });

  it.each([
    [{ limit: 0 }],
    [{ limit: Number.NaN }],
    [{ limit: 1001 }],
    [{ offset: -1 }],
    [{ status: 'gone' }],
    [{ colour: 'red' }],
  ])('filters too: %j', async (filters) => {
    const { adapter } = setUp();
    await expect(adapter.findJobs(filters as object)).rejects.toMatchObject({ code: 'QUEUE_JOB_INVALID' });
  });
});
