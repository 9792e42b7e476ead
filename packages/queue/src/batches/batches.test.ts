import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { step } from '../chains/step.ts';
import { defineJob } from '../define-job.ts';
import { NonRetryableError } from '../errors.ts';
import { ForwardingQueueAdapter } from '../forwarding-queue-adapter.ts';
import {
  InMemoryQueueAdapter,
  type InMemoryQueueAdapterOptions,
} from '../in-memory/in-memory-queue-adapter.ts';
import type { QueueJob } from '../job.ts';
import type { NewJob, QueueAdapter } from '../queue-adapter.ts';
import { QueueManager } from '../queue-manager.ts';
import type { BatchOutcome } from './batch-outcome.ts';
import { Batches } from './batches.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;

const sendInvoice = defineJob({ name: 'invoice.send', payload: z.object({ to: z.int() }), retries: 0 });
const reportInvoices = defineJob({ name: 'invoices.report', payload: z.object({ month: z.string() }) });

const invoices = (count: number) => Array.from({ length: count }, (_, to) => step(sendInvoice, { to }));
const whenDone = step(reportInvoices, { month: '2026-01' });

/** An adapter that fails as it is told to, and counts what is read. */
class FailingAdapter extends ForwardingQueueAdapter {
  reads = 0;
  /** The calls of `add` that fail next, before they store anything or after it. */
  readonly failures: ('before' | 'after' | null)[] = [];

  override async add(jobs: readonly NewJob[]): Promise<QueueJob[]> {
    const failure = this.failures.shift();
    if (failure === 'before') throw new Error('the backend is away');
    const added = await super.add(jobs);
    if (failure === 'after') throw new Error('the answer was lost');
    return added;
  }

  override getJob(id: string): Promise<QueueJob | null> {
    this.reads++;
    return super.getJob(id);
  }
}

function setUp(options: InMemoryQueueAdapterOptions = {}) {
  const clock = new VirtualClock();
  const adapter = new FailingAdapter(new InMemoryQueueAdapter({ clock, ...options }));
  const queue = new QueueManager(adapter, undefined, { clock });
  const errors: unknown[] = [];
  const batches = new Batches(adapter, { clock, onError: (error) => errors.push(error) });
  const outcomes: (BatchOutcome | null)[] = [];
  queue.handle(reportInvoices, ({ batch }) => void outcomes.push(batch));
  return { clock, adapter, queue, batches, outcomes, errors };
}

describe('a batch', () => {
  it('is followed by its job once all have ended, however they did', async () => {
    const { queue, clock, outcomes } = setUp();
    queue.handle(sendInvoice, ({ payload: { to } }) => {
      if (to === 1) throw new NonRetryableError('no such address');
    });
    expect(await queue.batches.add({ id: 'january', jobs: invoices(4), whenDone })).toEqual({
      id: 'january',
      total: 4,
    });
    const addedAt = clock.date;
    await queue.cancelJob('batch:january:2');
    await queue.deleteJob('batch:january:3');
    queue.startProcessing();
    await clock.advance(SECOND);
    const counts = { completed: 1, failed: 1, cancelled: 1, forgotten: 1 };
    expect(outcomes).toEqual([{ id: 'january', total: 4, ...counts }]);
    expect(await queue.batches.get('january')).toEqual({
      id: 'january',
      total: 4,
      ...counts,
      unfinished: 0,
      addedAt,
      doneAt: expect.any(Date),
    });
    expect((await queue.getJobs({ tag: 'batch:january' })).map(({ id }) => id)).toContain(
      'batch:january:done',
    );
  });

  it('is not followed while one of its jobs waits for a retry', async () => {
    const { queue, clock, outcomes } = setUp();
    let isBusy = true;
    queue.handle(sendInvoice, ({ payload: { to } }) => {
      if (to === 0 && isBusy) throw new Error('busy');
    });
    queue.startProcessing();
    const slow = step(sendInvoice, { to: 0 }, { retries: 1, backoff: HOUR });
    await queue.batches.add({ id: 'january', jobs: [slow, step(sendInvoice, { to: 1 })], whenDone });
    await clock.advance(HOUR - 1);
    expect(outcomes).toEqual([]);
    expect(await queue.batches.get('january')).toMatchObject({ completed: 1, unfinished: 1, doneAt: null });
    isBusy = false;
    await clock.advance(SECOND);
    expect(outcomes).toMatchObject([{ completed: 2 }]);
  });

  it('counts a job that failed and was started again as what it became', async () => {
    const { queue, clock, outcomes } = setUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    let isBroken = true;
    queue.handle(sendInvoice, ({ payload: { to } }) => {
      if (to === 0 && isBroken) throw new NonRetryableError('no paper');
      return to === 1 ? promise : undefined;
    });
    queue.startProcessing();
    await queue.batches.add({ id: 'january', jobs: invoices(3), whenDone });
    await clock.advance(SECOND);
    isBroken = false;
    await queue.retryJob('batch:january:0');
    resolve();
    await clock.advance(2 * SECOND);
    expect(outcomes).toMatchObject([{ completed: 3, failed: 0 }]);
  });

  it('waits for a job that was started again before anybody saw the end', async () => {
    const { queue, clock, outcomes, adapter } = setUp();
    await queue.batches.add({ id: 'january', jobs: invoices(2), whenDone });
    const worker = adapter.work(() => {
      throw new NonRetryableError('no paper');
    });
    await clock.settle();
    await worker.stop();
    await queue.retryJob('batch:january:0');
    queue.batches.start();
    await clock.advance(60 * SECOND);
    expect(await queue.batches.get('january')).toMatchObject({ failed: 1, unfinished: 1, doneAt: null });
    queue.handle(sendInvoice, () => undefined);
    queue.startProcessing();
    await clock.advance(SECOND);
    expect(outcomes).toMatchObject([{ completed: 1, failed: 1 }]);
  });

  it('of no jobs is followed at once', async () => {
    const { queue, clock, outcomes } = setUp();
    queue.startProcessing();
    await queue.batches.add({ id: 'january', jobs: [], whenDone });
    await clock.settle();
    expect(outcomes).toEqual([
      { id: 'january', total: 0, completed: 0, failed: 0, cancelled: 0, forgotten: 0 },
    ]);
  });

  it('needs nothing that follows', async () => {
    const { queue, clock } = setUp();
    queue.handle(sendInvoice, () => undefined);
    queue.startProcessing();
    const { id } = await queue.batches.add({ jobs: invoices(2) });
    await clock.advance(SECOND);
    expect(await queue.batches.get(id)).toMatchObject({ completed: 2, doneAt: expect.any(Date) });
    expect((await queue.findJobs()).total).toBe(2);
  });

  it('can be asked for during an hour after its end, as it was then', async () => {
    const { queue, clock, outcomes } = setUp();
    let isBroken = true;
    queue.handle(sendInvoice, () => {
      if (isBroken) throw new NonRetryableError('no paper');
    });
    queue.startProcessing();
    await clock.settle();
    const timers = clock.pendingTimers;
    await queue.batches.add({ id: 'january', jobs: invoices(2), whenDone });
    await clock.advance(SECOND);
    isBroken = false;
    await queue.retryJob('batch:january:0');
    await clock.advance(HOUR / 2);
    expect(await queue.batches.get('january')).toMatchObject({ completed: 0, failed: 2 });
    await clock.advance(HOUR);
    expect(await queue.batches.get('january')).toBeNull();
    expect(outcomes).toHaveLength(1);
    expect(clock.pendingTimers).toBe(timers);
  });

  it('reads each of its jobs about once, however often it looks', async () => {
    const { queue, clock, outcomes, adapter } = setUp();
    queue.handle(sendInvoice, ({ payload: { to } }) => {
      if (to % 10 === 0) throw new NonRetryableError('no paper');
    });
    const jobs = Array.from({ length: 1_000 }, (_, to) =>
      step(sendInvoice, { to }, { priority: to % 7 === 0 ? 1 : 0 }),
    );
    await queue.batches.add({ jobs, whenDone });
    queue.startProcessing();
    await clock.advance(10 * SECOND);
    expect(outcomes).toMatchObject([{ completed: 900, failed: 100 }]);
    expect(adapter.reads).toBeLessThan(1_200);
  });

  it('keeps its jobs until they are counted, however short the history', async () => {
    const { queue, clock, outcomes } = setUp({ keepCompleted: 0 });
    queue.handle(sendInvoice, () => undefined);
    queue.startProcessing();
    const short = step(sendInvoice, { to: 0 }, { keyRetention: 0 });
    await queue.batches.add({ jobs: [...invoices(2), short], whenDone });
    await clock.advance(SECOND);
    expect(outcomes).toMatchObject([{ completed: 2, forgotten: 1 }]);
  });
});

describe('adding a batch', () => {
  it('twice under one id adds its jobs once, and what follows once', async () => {
    const { queue, clock, outcomes } = setUp();
    let sent = 0;
    queue.handle(sendInvoice, () => void sent++);
    queue.startProcessing();
    const batch = { id: 'january', jobs: invoices(3), whenDone };
    await Promise.all([queue.batches.add(batch), queue.batches.add(batch)]);
    await clock.advance(SECOND);
    expect(await queue.batches.add({ ...batch, jobs: invoices(5) })).toEqual({ id: 'january', total: 3 });
    await clock.advance(2 * HOUR);
    await queue.batches.add(batch);
    await clock.advance(SECOND);
    expect(sent).toBe(3);
    expect(outcomes).toHaveLength(1);
  });

  it('again after an error of which nobody knows whether it was stored adds it once', async () => {
    for (const failure of ['before', 'after'] as const) {
      const { queue, clock, outcomes, adapter } = setUp();
      let sent = 0;
      queue.handle(sendInvoice, () => void sent++);
      queue.startProcessing();
      adapter.failures.push(failure);
      const batch = { id: 'january', jobs: invoices(3), whenDone };
      await expect(queue.batches.add(batch)).rejects.toThrow(/away|lost/);
      expect(await queue.batches.get('january')).toBeNull();
      expect(await queue.batches.add(batch)).toEqual({ id: 'january', total: 3 });
      await clock.advance(SECOND);
      expect(sent).toBe(3);
      expect(outcomes).toMatchObject([{ completed: 3 }]);
    }
  });

  it('again with other jobs changes nothing, also when the first could not say that it was stored', async () => {
    const { adapter, batches } = setUp();
    adapter.failures.push('after');
    await expect(batches.add({ id: 'january', jobs: invoices(3) })).rejects.toThrow('lost');
    expect(await batches.add({ id: 'january', jobs: invoices(5) })).toEqual({ id: 'january', total: 3 });
    expect((await adapter.findJobs({})).total).toBe(3);
  });

  it('is found out though its process died after it stored the jobs', async () => {
    const { queue, clock, outcomes, adapter, batches } = setUp();
    adapter.failures.push('after');
    await expect(batches.add({ id: 'january', jobs: invoices(3), whenDone })).rejects.toThrow('lost');
    queue.handle(sendInvoice, () => undefined);
    queue.startProcessing();
    await clock.advance(SECOND);
    expect(outcomes).toMatchObject([{ completed: 3 }]);
  });

  it('is forgotten after an hour when its process died before', async () => {
    const { queue, clock, adapter, batches, outcomes } = setUp();
    adapter.failures.push('before');
    await expect(batches.add({ id: 'january', jobs: invoices(3), whenDone })).rejects.toThrow('away');
    queue.startProcessing();
    await clock.advance(HOUR);
    expect(await adapter.shared?.read('batch:january')).not.toBeNull();
    await clock.advance(HOUR);
    expect(await adapter.shared?.read('batch:january')).toBeNull();
    expect(outcomes).toEqual([]);
  });

  it('refuses what is no step, too many, an option it does not know, and what is no plain data', async () => {
    const { batches, adapter } = setUp();
    const remind = defineJob({ name: 'remind', payload: z.object({ at: z.date() }) });
    const wrong = step(remind, { at: new Date(0) });
    for (const [options, code] of [
      [{ jobs: [{} as never] }, 'CONFIG_INVALID'],
      [{ jobs: Array.from({ length: 10_001 }, () => whenDone) }, 'CONFIG_INVALID'],
      [{ jobs: [], ...{ queue: 'mail' } }, 'CONFIG_INVALID'],
      [{ jobs: [wrong] }, 'QUEUE_PAYLOAD_INVALID'],
      [{ jobs: [], whenDone: wrong }, 'QUEUE_PAYLOAD_INVALID'],
    ] as const) {
      await expect(batches.add(options)).rejects.toMatchObject({ code });
    }
    expect((await adapter.findJobs({})).total).toBe(0);
  });

  it('is refused where processes share no values, and watching does nothing there', async () => {
    const { adapter } = setUp();
    const { shared: _shared, ...rest } = adapter;
    const batches = new Batches({ ...rest, on: adapter.on, add: adapter.add, getJob: adapter.getJob });
    await expect(batches.add({ jobs: [] })).rejects.toMatchObject({ code: 'QUEUE_UNSUPPORTED' });
    await expect(batches.get('january')).rejects.toMatchObject({ code: 'QUEUE_UNSUPPORTED' });
    batches.start();
    await batches.stop();
  });
});

describe('looking after batches', () => {
  it('adds what follows once, though the process died before it said so', async () => {
    const { queue, clock, outcomes, adapter, batches, errors } = setUp();
    queue.handle(sendInvoice, () => undefined);
    await batches.add({ id: 'january', jobs: invoices(2), whenDone });
    adapter.failures.push('after');
    batches.start();
    adapter.work(() => undefined, { queues: ['default'] });
    await clock.advance(SECOND);
    expect(errors).toHaveLength(1);
    await batches.stop();
    queue.startProcessing();
    await clock.advance(SECOND);
    const follower = await queue.getJob('batch:january:done');
    expect([follower?.attempts, outcomes.length]).toEqual([1, 0]);
    expect(await queue.batches.get('january')).toMatchObject({ doneAt: expect.any(Date) });
  });

  it('adds what follows once, though several processes see the end', async () => {
    const { queue, clock, adapter, outcomes } = setUp();
    const other = new QueueManager(adapter, undefined, { clock });
    for (const manager of [queue, other]) manager.handle(sendInvoice, () => undefined);
    other.handle(reportInvoices, ({ batch }) => void outcomes.push(batch));
    queue.startProcessing();
    other.startProcessing();
    await queue.batches.add({ jobs: invoices(20), whenDone });
    await clock.advance(60 * SECOND);
    expect(outcomes).toHaveLength(1);
  });

  it('sees the end within half a minute where the process that ran the last job died', async () => {
    const { clock, adapter, batches, outcomes } = setUp();
    const deaf = new Batches(new Deaf(adapter), { clock });
    await batches.add({ id: 'january', jobs: invoices(2), whenDone });
    deaf.start();
    await clock.settle();
    const worker = adapter.work(() => undefined);
    await clock.advance(29 * SECOND);
    expect(await adapter.getJob('batch:january:done')).toBeNull();
    await clock.advance(SECOND);
    expect(await adapter.getJob('batch:january:done')).not.toBeNull();
    await Promise.all([worker.stop(), deaf.stop()]);
    expect(outcomes).toEqual([]);
  });

  it('goes on with the others when one cannot be read', async () => {
    const { clock, adapter, batches, errors } = setUp();
    await adapter.shared?.write({ key: 'batch:future', value: { shape: 2 }, version: null });
    await batches.add({ id: 'january', jobs: invoices(2), whenDone });
    const worker = adapter.work(() => undefined);
    await clock.settle();
    await worker.stop();
    batches.start();
    await clock.settle();
    expect(errors).toMatchObject([{ code: 'QUEUE_UNSUPPORTED', message: expect.stringContaining('future') }]);
    expect(await batches.get('january')).toMatchObject({ completed: 2, doneAt: expect.any(Date) });
    await batches.stop();
  });

  it('tries again after five seconds when what follows cannot be stored', async () => {
    const { clock, adapter, batches, errors } = setUp();
    await batches.add({ id: 'january', jobs: invoices(1), whenDone });
    await adapter.cancelJob('batch:january:0');
    adapter.failures.push('before');
    batches.start();
    await clock.advance(4 * SECOND);
    expect(errors).toHaveLength(1);
    expect(await adapter.getJob('batch:january:done')).toBeNull();
    await clock.advance(SECOND);
    expect(await adapter.getJob('batch:january:done')).not.toBeNull();
    await batches.stop();
  });

  it('keeps what it was when a second process comes to the end later', async () => {
    const { clock, adapter, batches } = setUp();
    await batches.add({ id: 'january', jobs: invoices(1), whenDone });
    await adapter.cancelJob('batch:january:0');
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = new Batches(new SlowAdapter(adapter, promise), { clock });
    slow.start();
    await clock.advance(SECOND);
    batches.start();
    await clock.settle();
    const seen = await batches.get('january');
    resolve();
    await clock.settle();
    expect(seen?.doneAt).not.toBeNull();
    expect(await batches.get('january')).toEqual(seen);
    await Promise.all([slow.stop(), batches.stop()]);
  });

  it('stops before it has looked at all of them', async () => {
    const { adapter, batches } = setUp();
    await batches.add({ jobs: invoices(1) });
    adapter.reads = 0;
    batches.start();
    await batches.stop();
    expect(adapter.reads).toBe(0);
  });

  it('sets no timer while there are none, in a queue of one process', async () => {
    const { clock, batches } = setUp();
    batches.start();
    await clock.settle();
    expect(clock.pendingTimers).toBe(0);
    await batches.add({ jobs: invoices(1) });
    await clock.settle();
    expect(clock.pendingTimers).toBe(1);
    await batches.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});

/** An adapter of a process that hears of nothing the others do. */
class Deaf extends ForwardingQueueAdapter {
  override on(): () => void {
    return () => undefined;
  }
}

/** An adapter that stores at once and answers later. */
class SlowAdapter extends ForwardingQueueAdapter {
  readonly #answer: Promise<void>;

  constructor(adapter: QueueAdapter, answer: Promise<void>) {
    super(adapter);
    this.#answer = answer;
  }

  override async add(jobs: readonly NewJob[]): Promise<QueueJob[]> {
    const added = await super.add(jobs);
    await this.#answer;
    return added;
  }
}
