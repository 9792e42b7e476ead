import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { defineJob } from '../define-job.ts';
import {
  InMemoryQueueAdapter,
  type InMemoryQueueAdapterOptions,
} from '../in-memory/in-memory-queue-adapter.ts';
import { QueueManager } from '../queue-manager.ts';
import type { AddResult } from './add-result.ts';

const HOUR = 3_600_000;
const mail = defineJob({ name: 'mail', queue: 'mail', payload: z.object({ n: z.number() }) });

function setUp(options: InMemoryQueueAdapterOptions = {}) {
  const clock = new VirtualClock();
  const adapter = new InMemoryQueueAdapter({ clock, ...options });
  const queue = new QueueManager(adapter, undefined, { clock });
  const done: number[] = [];
  queue.handle(mail, ({ payload }) => void done.push(payload.n));
  return { clock, adapter, queue, done };
}

describe('addUnique with an idempotencyKey', () => {
  it('says whether the job is a new one', async () => {
    const { queue } = setUp();
    const first = await queue.addUnique(mail, { n: 1 }, { idempotencyKey: 'order-1' });
    const second = await queue.addUnique(mail, { n: 2 }, { idempotencyKey: 'order-1' });
    const other = await queue.addUnique(mail, { n: 3 }, { idempotencyKey: 'order-2' });
    expect([first.outcome, second.outcome, other.outcome]).toEqual(['added', 'exists', 'added']);
    expect(second.job).toEqual(first.job);
    expectTypeOf(first).toEqualTypeOf<AddResult>();
  });

  it('calls one of many at once the new one', async () => {
    const { queue } = setUp();
    const results = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => queue.addUnique(mail, { n }, { idempotencyKey: 'once' })),
    );
    const added = results.filter(({ outcome }) => outcome === 'added');
    expect(added.map(({ job }) => job.payload)).toEqual([{ version: 1, data: { n: 0 } }]);
    expect(new Set(results.map(({ job }) => job.id)).size).toBe(1);
  });

  it('refuses an id, by which it could not tell', async () => {
    const { queue } = setUp();
    const options: object = { id: 'mine' };
    await expect(queue.addUnique(mail, { n: 1 }, options)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('"mine"'),
    });
  });
});

describe('keyRetention', () => {
  it('lets a webhook that is fired twice mail once, though the history keeps nothing', async () => {
    const { queue, clock, done } = setUp({ keepCompleted: 0, finishedMaxAge: 0 });
    const onWebhook = (n: number) =>
      queue.addUnique(mail, { n }, { idempotencyKey: 'evt_1', keyRetention: HOUR });
    queue.startProcessing();
    expect((await onWebhook(1)).outcome).toBe('added');
    await clock.advance(1_000);
    expect(done).toEqual([1]);
    await clock.advance(HOUR - 1_001);
    expect((await onWebhook(2)).outcome).toBe('exists');
    await clock.advance(1);
    expect((await onWebhook(3)).outcome).toBe('added');
    await clock.settle();
    expect(done).toEqual([1, 3]);
    await queue.close();
  });

  it('is that of the kind, unless the call says otherwise', async () => {
    const { queue } = setUp();
    const kept = defineJob({ name: 'kept', payload: z.null(), keyRetention: HOUR });
    const [usual, short] = [await queue.add(kept, null), await queue.add(kept, null, { keyRetention: 0 })];
    expect([usual.keyRetention, short.keyRetention]).toEqual([HOUR, 0]);
    expect((await queue.add(mail, { n: 1 })).keyRetention).toBeNull();
  });

  it.each([-1, 0.5, 400_000_000_000, Number.NaN])('refuses %d', async (keyRetention) => {
    const { queue, adapter } = setUp();
    await expect(queue.add(mail, { n: 1 }, { keyRetention })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    const added = adapter.add([{ type: 'mail', payload: null, keyRetention }]);
    await expect(added).rejects.toMatchObject({ code: 'QUEUE_JOB_INVALID' });
  });
});

describe('a window', () => {
  const dedupe = { key: 'digest', window: 60_000 };

  it('begins with the first add, and ends to the millisecond', async () => {
    const { queue, clock } = setUp();
    const first = await queue.addUnique(mail, { n: 1 }, { dedupe });
    await clock.advance(30_000);
    const second = await queue.addUnique(mail, { n: 2 }, { dedupe });
    await clock.advance(29_999);
    const third = await queue.addUnique(mail, { n: 3 }, { dedupe });
    await clock.advance(1);
    const fourth = await queue.addUnique(mail, { n: 4 }, { dedupe });
    expect([first, second, third, fourth].map(({ outcome }) => outcome)).toEqual([
      'added',
      'exists',
      'exists',
      'added',
    ]);
    expect(third.job).toEqual(first.job);
    expect((await queue.getStats()).pending).toBe(2);
  });

  it('gives back a job that has ended, though the history keeps nothing', async () => {
    const { queue, clock, done } = setUp({ keepCompleted: 0, finishedMaxAge: 0 });
    queue.startProcessing();
    const { job } = await queue.addUnique(mail, { n: 1 }, { dedupe });
    await clock.advance(59_999);
    const again = await queue.addUnique(mail, { n: 2 }, { dedupe });
    expect([again.outcome, again.job.id, again.job.status]).toEqual(['exists', job.id, 'completed']);
    await clock.advance(1);
    expect((await queue.addUnique(mail, { n: 3 }, { dedupe })).outcome).toBe('added');
    await clock.settle();
    expect(done).toEqual([1, 3]);
    await queue.close();
  });

  it('stores another job for one that somebody deleted', async () => {
    const { queue, clock } = setUp();
    const { job } = await queue.addUnique(mail, { n: 1 }, { dedupe });
    await queue.deleteJob(job.id);
    await clock.advance(59_999);
    expect((await queue.addUnique(mail, { n: 2 }, { dedupe })).outcome).toBe('added');
    expect((await queue.addUnique(mail, { n: 3 }, { dedupe })).outcome).toBe('exists');
  });

  it('is of one key and one queue', async () => {
    const { queue } = setUp();
    const odd = defineJob({ name: 'odd', queue: 'mail:digest', payload: z.null() });
    const outcomes = [
      await queue.addUnique(mail, { n: 1 }, { dedupe: { key: 'digest:a', window: 1_000 } }),
      await queue.addUnique(mail, { n: 2 }, { dedupe: { key: 'digest:b', window: 1_000 } }),
      await queue.addUnique(odd, null, { dedupe: { key: 'a', window: 1_000 } }),
      await queue.addUnique(mail, { n: 3 }, { dedupe: { key: 'digest:a', debounce: 1_000 } }),
    ];
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['added', 'added', 'added', 'added']);
  });

  it('makes one job of 1,000 adds at once', async () => {
    const { queue } = setUp();
    const results = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => queue.addUnique(mail, { n }, { dedupe })),
    );
    expect(results.filter(({ outcome }) => outcome === 'added')).toHaveLength(1);
    expect((await queue.findJobs()).total).toBe(1);
  });

  it('does not begin with an add that is refused for what it carries', async () => {
    const { queue, adapter } = setUp();
    const wrong = queue.add(mail, { n: Number.NaN }, { dedupe });
    await expect(wrong).rejects.toMatchObject({ code: 'QUEUE_PAYLOAD_INVALID' });
    expect(await adapter.shared?.list('dedupe:')).toEqual([]);
  });

  it('works with add, which gives back the job', async () => {
    const { queue } = setUp();
    const first = await queue.add(mail, { n: 1 }, { dedupe });
    expect(await queue.add(mail, { n: 2 }, { dedupe })).toEqual(first);
  });
});

describe('options of dedupe', () => {
  it.each([
    [{ dedupe: { key: 'k', window: 0 } }, 'window'],
    [{ dedupe: { key: '', window: 1 } }, 'dedupe'],
    [{ dedupe: { key: 'k' } }, 'dedupe'],
    [{ dedupe: { key: 'k', window: 1, debounce: 1 } }, 'dedupe'],
    [{ dedupe: { key: 'k', window: 1 }, id: 'mine' }, 'id'],
    [{ dedupe: { key: 'k', window: 1 }, idempotencyKey: 'mine' }, 'idempotencyKey'],
    [{ dedupe: { key: 'k', window: 1 }, transaction: {} }, 'transaction'],
    [{ dedupe: { key: 'k', debounce: 1 }, scheduledFor: new Date() }, 'scheduledFor'],
  ])('refuses %o, naming %s', async (options: object, name) => {
    const { queue } = setUp();
    const added = queue.add(mail, { n: 1 }, options);
    await expect(added).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(name),
    });
    expect((await queue.findJobs()).total).toBe(0);
  });

  it.each([
    { key: 'k', window: 1 },
    { key: 'k', debounce: 1 },
  ])('%o is refused where processes share no values', async (dedupe) => {
    const adapter = new InMemoryQueueAdapter();
    Reflect.deleteProperty(adapter, 'shared');
    const queue = new QueueManager(adapter);
    await expect(queue.add(mail, { n: 1 }, { dedupe })).rejects.toMatchObject({ code: 'QUEUE_UNSUPPORTED' });
    await expect(queue.addUnique(mail, { n: 1 })).resolves.toMatchObject({ outcome: 'added' });
  });
});
