import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineJob } from '../define-job.ts';
import { InMemoryQueueAdapter } from '../in-memory/in-memory-queue-adapter.ts';
import { QueueManager } from '../queue-manager.ts';

const index = defineJob({ name: 'index', payload: z.object({ n: z.number() }) });

function setUp() {
  const clock = new VirtualClock();
  const adapter = new InMemoryQueueAdapter({ clock });
  const queue = new QueueManager(adapter, undefined, { clock });
  const startedAt = clock.now();
  const done: { readonly n: number; readonly at: number }[] = [];
  queue.handle(index, ({ payload: { n } }) => void done.push({ n, at: clock.now() - startedAt }));
  queue.startProcessing();
  const add = (n: number, dedupe: object = {}) =>
    queue.addUnique(index, { n }, { dedupe: { key: 'page-1', debounce: 1_000, ...dedupe } });
  return { clock, adapter, queue, done, add };
}

describe('a debounced job', () => {
  it('runs once, so long after the last add, with what that one carries', async () => {
    const { clock, queue, done, add } = setUp();
    const outcomes: string[] = [];
    for (const n of [1, 2, 3]) {
      const { job, outcome } = await add(n);
      expect(job).toMatchObject({ status: 'scheduled', scheduledFor: new Date(clock.now() + 1_000) });
      outcomes.push(outcome);
      await clock.advance(900);
    }
    expect(outcomes).toEqual(['added', 'replaced', 'replaced']);
    expect((await queue.findJobs()).total).toBe(1);
    await clock.advance(5_000);
    expect(done).toEqual([{ n: 3, at: 2_800 }]);
    await queue.close();
  });

  it('is due so long after the first add at the latest', async () => {
    const { clock, queue, done, add } = setUp();
    for (let n = 0; n < 10; n++) {
      await add(n, { maxWait: 2_500 });
      await clock.advance(500);
    }
    await clock.advance(5_000);
    expect(done).toEqual([
      { n: 4, at: 2_500 },
      { n: 9, at: 5_000 },
    ]);
    await queue.close();
  });

  it('is put off until the very millisecond it is due; from then on it counts as started', async () => {
    const { clock, queue, done, add } = setUp();
    await add(1);
    await clock.advance(999);
    expect((await add(2)).outcome).toBe('replaced');
    await clock.advance(1_000);
    expect((await add(3)).outcome).toBe('added');
    await clock.advance(1_000);
    expect(done).toEqual([
      { n: 2, at: 1_999 },
      { n: 3, at: 2_999 },
    ]);
    await queue.close();
  });

  it('that an operator started is left to run', async () => {
    const { clock, queue, done, add } = setUp();
    const { job } = await add(1);
    await queue.retryJob(job.id);
    await clock.settle();
    expect((await add(2)).outcome).toBe('added');
    await clock.advance(1_000);
    expect(done.map(({ n }) => n)).toEqual([1, 2]);
    expect((await queue.getJob(job.id))?.status).toBe('completed');
    await queue.close();
  });

  it('that failed and waits for its retry is left to be tried', async () => {
    const { clock, queue } = setUp();
    const failing = defineJob({ name: 'failing', payload: z.null(), retries: 5, backoff: 60_000 });
    queue.handle(failing, () => {
      throw new Error('not yet');
    });
    const dedupe = { key: 'k', debounce: 1_000 };
    const { job } = await queue.addUnique(failing, null, { dedupe });
    await queue.retryJob(job.id);
    await clock.settle();
    expect((await queue.addUnique(failing, null, { dedupe })).outcome).toBe('added');
    expect((await queue.getJob(job.id))?.status).toBe('retrying');
    await queue.close();
  });

  it('expires, where its kind does, so long after it is due', async () => {
    const { clock, queue } = setUp();
    const brief = defineJob({ name: 'brief', payload: z.null(), expiresIn: 100 });
    const job = await queue.add(brief, null, { dedupe: { key: 'k', debounce: 1_000 } });
    expect(job.expiresAt).toEqual(new Date(clock.now() + 1_100));
    await queue.close();
  });

  it('is one job, with the payload of the last of 200 adds at once', async () => {
    const { clock, adapter, queue, done, add } = setUp();
    const results = await Promise.all(Array.from({ length: 200 }, (_, n) => add(n)));
    expect(results.filter(({ outcome }) => outcome === 'added')).toHaveLength(1);
    expect((await adapter.getStats()).scheduled).toBe(1);
    await clock.advance(1_000);
    expect(done).toEqual([{ n: 199, at: 1_000 }]);
    await queue.close();
  });
});

describe('adds of several processes to a debounced job', () => {
  it('leave one job, and what it is is shared', async () => {
    const { clock, adapter, queue, done } = setUp();
    // Each manager takes turns for itself only, as a process does.
    const managers = Array.from({ length: 8 }, () => new QueueManager(adapter, undefined, { clock }));
    const dedupe = { key: 'page-1', debounce: 1_000 };
    for (let round = 0; round < 20; round++) {
      await Promise.all(managers.map((manager, i) => manager.add(index, { n: round * 8 + i }, { dedupe })));
      expect((await adapter.getStats()).scheduled).toBe(1);
      const [entry] = (await adapter.shared?.list('dedupe:')) ?? [];
      const { jobs } = await adapter.findJobs({ status: 'scheduled' });
      expect(entry?.value).toMatchObject({ ids: jobs.map(({ id }) => id) });
    }
    await clock.advance(1_000);
    expect(done).toHaveLength(1);
    await queue.close();
  });
});
