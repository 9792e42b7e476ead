import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { defineJob } from '../define-job.ts';
import { NonRetryableError } from '../errors.ts';
import { ForwardingQueueAdapter } from '../forwarding-queue-adapter.ts';
import {
  InMemoryQueueAdapter,
  type InMemoryQueueAdapterOptions,
} from '../in-memory/in-memory-queue-adapter.ts';
import { JobPriority, type QueueJob } from '../job.ts';
import type { NewJob } from '../queue-adapter.ts';
import { QueueManager } from '../queue-manager.ts';
import type { ParentStep } from './chain-place.ts';
import { step } from './step.ts';

const SECOND = 1_000;
const day = '2026-01-01';
const payload = z.object({ day: z.string() });
const fetchOrders = defineJob({ name: 'orders.fetch', payload, retries: 1, backoff: SECOND });
const buildReport = defineJob({ name: 'report.build', payload, retries: 0 });
const mailReport = defineJob({
  name: 'report.mail',
  payload: z.object({ to: z.string() }),
  expiresIn: SECOND,
});

const report = () => [
  step(fetchOrders, { day }),
  step(buildReport, { day }),
  step(mailReport, { to: 'ada@example.com' }),
];

/** An adapter whose next calls to `add` fail, before they store anything or after it. */
class FailingAdapter extends ForwardingQueueAdapter {
  readonly failures: ('before' | 'after')[] = [];

  override async add(jobs: readonly NewJob[]): Promise<QueueJob[]> {
    const failure = this.failures.shift();
    if (failure === 'before') throw new Error('the backend is away');
    const added = await super.add(jobs);
    if (failure === 'after') throw new Error('the answer was lost');
    return added;
  }
}

function setUp(options: InMemoryQueueAdapterOptions = {}) {
  const clock = new VirtualClock();
  const adapter = new FailingAdapter(new InMemoryQueueAdapter({ clock, ...options }));
  const queue = new QueueManager(adapter, undefined, { clock });
  return { clock, adapter, queue, ran: [] as string[] };
}

type SetUp = ReturnType<typeof setUp>;

/** Handlers that keep which steps ran; the first two return something. */
function handleAll({ queue, ran }: SetUp): void {
  queue.handle(fetchOrders, () => ({ orders: ran.push('fetch') }));
  queue.handle(buildReport, ({ parent }) => `report ${ran.push('build')} of ${JSON.stringify(parent)}`);
  queue.handle(mailReport, ({ parent }) => void ran.push(`mail ${String(parent?.result)}`));
}

describe('a chain', () => {
  it('runs its steps one after the other, each told what the one before returned', async () => {
    const all = setUp();
    const { queue, clock, ran } = all;
    handleAll(all);
    await queue.chain(report(), { id: 'monday' });
    expect((await queue.getJobs()).map(({ id }) => id)).toEqual(['monday']);
    queue.startProcessing();
    await clock.settle();
    expect(ran).toEqual(['fetch', 'build', 'mail report 2 of {"id":"monday","result":{"orders":1}}']);
    const jobs = await queue.getJobs({ tag: 'chain:monday', order: 'asc' });
    expect(jobs.map(({ id, status }) => [id, status])).toEqual([
      ['monday', 'completed'],
      ['monday.1', 'completed'],
      ['monday.2', 'completed'],
    ]);
    expect(jobs.map(({ metadata }) => metadata['townkrier.chain'])).toEqual([
      { id: 'monday', index: 0, total: 3, parentId: null },
      { id: 'monday', index: 1, total: 3, parentId: 'monday' },
      { id: 'monday', index: 2, total: 3, parentId: 'monday.1' },
    ]);
  });

  it('gives the first step no parent, nor a job of no chain', async () => {
    const { queue, clock } = setUp();
    const parents: (ParentStep | null)[] = [];
    queue.handle(fetchOrders, ({ parent }) => void parents.push(parent));
    queue.handle(buildReport, ({ parent }) => void parents.push(parent));
    queue.startProcessing();
    await queue.add(fetchOrders, { day });
    await clock.settle();
    await queue.chain([step(fetchOrders, { day }), step(buildReport, { day })], { id: 'monday' });
    await clock.settle();
    expect(parents).toEqual([null, null, { id: 'monday', result: null }]);
  });

  it('stops at a step that fails for good, and goes on when that is retried', async () => {
    const { queue, clock, ran } = setUp();
    queue.handle(fetchOrders, () => null);
    let isBroken = true;
    queue.handle(buildReport, () => {
      if (isBroken) throw new NonRetryableError('no paper');
    });
    queue.handle(mailReport, () => void ran.push('mail'));
    queue.startProcessing();
    await queue.chain(report(), { id: 'monday' });
    await clock.advance(60 * SECOND);
    expect((await queue.getJobs()).map(({ id, status }) => [id, status])).toEqual([
      ['monday.1', 'failed'],
      ['monday', 'completed'],
    ]);
    isBroken = false;
    await queue.retryJob('monday.1');
    await clock.settle();
    expect(ran).toEqual(['mail']);
  });

  it('goes on from a dead letter that was given other data, or made new', async () => {
    const { queue, clock, ran } = setUp();
    queue.handle(fetchOrders, ({ payload: { day: asked } }) => {
      if (asked === day) throw new NonRetryableError('no such day');
    });
    queue.handle(buildReport, ({ parent }) => void ran.push(`build after ${parent?.id}`));
    queue.startProcessing();
    const steps = [step(fetchOrders, { day }), step(buildReport, { day })];
    await queue.chain(steps, { id: 'monday' });
    await queue.chain(steps, { id: 'tuesday' });
    await clock.settle();
    await queue.deadLetters.replay('monday', { payload: { day: '2026-01-02' } });
    const renewed = await queue.deadLetters.replay('tuesday', {
      payload: { day: '2026-01-02' },
      asNew: true,
    });
    await clock.settle();
    expect(ran.toSorted()).toEqual(['build after monday', `build after ${renewed.id}`].toSorted());
    expect(await queue.getJob('tuesday.1')).toMatchObject({ status: 'completed' });
  });

  it('adds a step once, though its answer was lost and the step before ran again', async () => {
    const all = setUp();
    const { queue, clock, ran, adapter } = all;
    handleAll(all);
    await queue.chain(report());
    adapter.failures.push('after');
    queue.startProcessing();
    await clock.advance(60 * SECOND);
    expect(ran.map((entry) => entry.split(' ')[0])).toEqual(['fetch', 'build', 'mail', 'fetch']);
    expect((await queue.findJobs()).total).toBe(3);
  });

  it('completes no step whose successor is not stored', async () => {
    const all = setUp();
    const { queue, clock, ran, adapter } = all;
    handleAll(all);
    await queue.chain([step(fetchOrders, { day }), step(buildReport, { day })], { id: 'monday' });
    adapter.failures.push('before');
    queue.startProcessing();
    await clock.settle();
    expect(await queue.getJob('monday')).toMatchObject({ status: 'retrying' });
    await clock.advance(SECOND);
    expect(ran).toEqual(['fetch', 'fetch', 'build']);
  });

  it('ends with a step that is cancelled, also while it runs', async () => {
    const { queue, clock } = setUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    queue.handle(fetchOrders, () => promise);
    queue.handle(buildReport, () => undefined);
    queue.startProcessing();
    await queue.chain([step(fetchOrders, { day }), step(buildReport, { day })], { id: 'monday' });
    await clock.settle();
    await queue.cancelJob('monday');
    resolve();
    await clock.settle();
    expect((await queue.getJobs()).map(({ id, status }) => [id, status])).toEqual([['monday', 'cancelled']]);
  });

  it('adds nothing after an attempt that timed out', async () => {
    const { queue, clock } = setUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    queue.handle(fetchOrders, () => promise);
    queue.handle(buildReport, () => undefined);
    queue.startProcessing();
    const slow = step(fetchOrders, { day }, { timeout: SECOND, retries: 0 });
    await queue.chain([slow, step(buildReport, { day })], { id: 'monday' });
    await clock.advance(2 * SECOND);
    resolve();
    await clock.settle();
    expect((await queue.getJobs()).map(({ id, status }) => [id, status])).toEqual([['monday', 'failed']]);
  });

  it('gives later steps their time from when they are added, and their owner from the step before', async () => {
    const all = setUp();
    const { queue, clock, ran } = all;
    handleAll(all);
    const [first, ...others] = report();
    if (first === undefined) throw new Error('unreachable');
    await queue.chain([step(fetchOrders, { day }, { owner: 'ada', priority: 9 }), ...others], {
      id: 'monday',
      scheduledFor: new Date(clock.now() + 3_600 * SECOND),
    });
    queue.startProcessing();
    await clock.advance(3_599 * SECOND);
    expect(ran).toEqual([]);
    await clock.advance(SECOND);
    expect(await queue.getJob('monday.2')).toMatchObject({
      status: 'completed',
      owner: 'ada',
      priority: JobPriority.NORMAL,
      expiresAt: new Date(clock.now() + SECOND),
    });
  });

  it('fails for good when a step returns more than can be handed on', async () => {
    const { queue, clock } = setUp({ maxPayloadBytes: 2_000 });
    queue.handle(fetchOrders, () => 'x'.repeat(2_000));
    queue.startProcessing();
    await queue.chain([step(fetchOrders, { day }), step(buildReport, { day })], { id: 'monday' });
    await clock.settle();
    expect(await queue.getJob('monday')).toMatchObject({
      status: 'failed',
      error: { code: 'QUEUE_PAYLOAD_TOO_LARGE' },
    });
  });

  it('does not run a step of which nobody can read what comes after it', async () => {
    const all = setUp();
    const { queue, clock, ran, adapter } = all;
    handleAll(all);
    await adapter.add([
      {
        id: 'strange',
        type: 'orders.fetch',
        payload: { version: 1, data: { day } },
        metadata: { 'townkrier.chain': { id: 'strange', index: 0, total: 2, parentId: null } },
      },
    ]);
    queue.startProcessing();
    await clock.settle();
    expect(ran).toEqual([]);
    expect(await queue.getJob('strange')).toMatchObject({
      status: 'failed',
      error: { code: 'QUEUE_PAYLOAD_INVALID' },
    });
  });
});

describe('storing a chain', () => {
  it('again under the same id or key gives back the first', async () => {
    const { queue } = setUp();
    const first = await queue.chain(report(), { id: 'monday' });
    expect(await queue.chain(report(), { id: 'monday' })).toEqual(first);
    const keyed = await queue.chain(report(), { idempotencyKey: 'tuesday' });
    expect(await queue.chain(report(), { idempotencyKey: 'tuesday' })).toEqual(keyed);
    expect((await queue.findJobs()).total).toBe(2);
  });

  it('refuses none, too many, and what is no step', async () => {
    const { queue } = setUp();
    const one = step(fetchOrders, { day });
    const wrong: never[] = [{ job: 1 } as never];
    for (const steps of [[], Array.from({ length: 51 }, () => one), wrong]) {
      await expect(queue.chain(steps)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    }
    await expect(queue.chain([one], { owner: 'ada' } as object)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    expect((await queue.findJobs()).total).toBe(0);
  });

  it('checks the payload of each step when it is made', () => {
    expect(() => step(buildReport, { day: 1 } as never)).toThrow(/"report\.build" is invalid: day/);
    expect(() => step(buildReport, { day }, { id: 'x' } as object)).toThrow(/unknown key id/);
    expectTypeOf(step<{ day: string }>)
      .parameter(1)
      .toEqualTypeOf<{ day: string }>();
  });

  it('refuses a later step that is no plain data, and stores nothing', async () => {
    const { queue } = setUp();
    const remind = defineJob({ name: 'remind', payload: z.object({ at: z.date() }) });
    const steps = [step(fetchOrders, { day }), step(remind, { at: new Date(0) })];
    await expect(queue.chain(steps)).rejects.toMatchObject({ code: 'QUEUE_PAYLOAD_INVALID' });
    expect((await queue.findJobs()).total).toBe(0);
  });
});
