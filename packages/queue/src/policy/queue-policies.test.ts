import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineJob } from '../define-job.ts';
import { QueueErrorCode } from '../errors.ts';
import { InMemoryQueueAdapter } from '../in-memory/in-memory-queue-adapter.ts';
import { QueueManager } from '../queue-manager.ts';
import { defineQueue, type QueueDefinition } from './define-queue.ts';

const payload = z.object({});

function setUp(queues: readonly QueueDefinition[]) {
  const clock = new VirtualClock();
  const adapter = new InMemoryQueueAdapter({ clock, maxRetries: 9, timeout: 9_000 });
  return { clock, adapter, manager: new QueueManager(adapter, undefined, { clock, queues }) };
}

describe('defineQueue', () => {
  it('gives a frozen definition, and says what is wrong with one', () => {
    const mail = defineQueue({ name: 'mail', rateLimit: { max: 1, per: 1_000, key: { max: 1, per: 100 } } });
    expect(mail.concurrency).toBe(10);
    expect([mail, mail.rateLimit, mail.rateLimit?.key].every(Object.isFrozen)).toBe(true);
    expect(() => defineQueue({ name: 'mail', concurrency: 0 })).toThrow(/concurrency/);
    expect(() => defineQueue({ name: 'mail', rateLimit: { max: 1, per: 99 } })).toThrow(/per/);
    expect(() => defineQueue({ name: 'mail', retention: -1 })).toThrow(/retention/);
  });
});

describe('a queue with a policy', () => {
  const mail = defineQueue({
    name: 'mail',
    retries: 4,
    backoff: { type: 'exponential', delay: 30_000, factor: 3 },
  });

  it('gives its jobs what they and their kind leave out', async () => {
    const { manager } = setUp([mail]);
    const plain = defineJob({ name: 'plain', queue: 'mail', payload });
    const own = defineJob({ name: 'own', queue: 'mail', payload, retries: 1, timeout: 5 });
    const other = defineJob({ name: 'other', payload });
    expect(await manager.add(plain, {})).toMatchObject({
      maxRetries: 4,
      backoff: { type: 'exponential', delay: 30_000, factor: 3 },
      timeout: 9_000,
    });
    expect(await manager.add(own, {})).toMatchObject({
      maxRetries: 1,
      timeout: 5,
      backoff: { delay: 30_000 },
    });
    expect(await manager.add(own, {}, { retries: 0 })).toMatchObject({ maxRetries: 0 });
    expect(await manager.add(other, {})).toMatchObject({ maxRetries: 9 });
  });

  it('keeps its jobs for its retention, unless they or their kind say otherwise', async () => {
    const { manager, clock } = setUp([defineQueue({ name: 'mail', retention: 60_000 })]);
    const plain = defineJob({ name: 'plain', queue: 'mail', payload });
    const own = defineJob({ name: 'own', queue: 'mail', payload, removeAfter: 5_000 });
    const jobs = [
      await manager.add(plain, {}),
      await manager.add(own, {}),
      await manager.add(own, {}, { removeAfter: 0 }),
      await manager.add(defineJob({ name: 'other', payload }), {}),
    ];
    expect(jobs.map(({ removeAfter }) => removeAfter)).toEqual([60_000, 5_000, 0, null]);
    for (const { id } of jobs) await manager.cancelJob(id);
    const kept = async (ms: number) => {
      await clock.advance(ms);
      const found = await Promise.all(jobs.map(({ id }) => manager.getJob(id)));
      return found.map((job) => job !== null);
    };
    expect(await kept(0)).toEqual([true, true, false, true]);
    expect(await kept(5_000)).toEqual([true, false, false, true]);
    expect(await kept(55_000)).toEqual([false, false, false, true]);
  });

  it('gives them to jobs of schedules, too', async () => {
    const { manager } = setUp([mail]);
    const plain = defineJob({ name: 'plain', queue: 'mail', payload });
    await manager.schedules.set({ name: 'hourly', job: plain, payload: {}, every: 3_600_000 });
    expect(await manager.schedules.runNow('hourly')).toMatchObject({ maxRetries: 4 });
  });

  it('has hands of its own beside those of all others', async () => {
    const narrow = defineQueue({ name: 'narrow', concurrency: 2 });
    const { manager, clock } = setUp([narrow]);
    const running = new Map<string, number>();
    const never = new Promise<never>(() => undefined);
    for (const queue of ['narrow', 'default']) {
      const kind = defineJob({ name: queue, queue, payload });
      manager.handle(kind, () => {
        running.set(queue, (running.get(queue) ?? 0) + 1);
        return never;
      });
      for (let i = 0; i < 10; i++) await manager.add(kind, {});
    }
    manager.startProcessing({ concurrency: 3 });
    await clock.advance(1);
    expect(Object.fromEntries(running)).toEqual({ narrow: 2, default: 3 });
  });

  it('is worked on only where its name is among the queues asked for', async () => {
    const { manager, clock, adapter } = setUp([mail, defineQueue({ name: 'pdf' })]);
    const ran: string[] = [];
    for (const queue of ['mail', 'pdf', 'default', 'extra']) {
      const kind = defineJob({ name: queue, queue, payload });
      manager.handle(kind, () => void ran.push(queue));
      await manager.add(kind, {});
    }
    manager.startProcessing({ queues: ['pdf', 'extra'] });
    await clock.advance(1);
    expect(ran.sort()).toEqual(['extra', 'pdf']);
    await manager.stopProcessing();
    manager.startProcessing({ queues: ['mail'] });
    await clock.advance(1);
    expect(ran).toContain('mail');
    expect((await adapter.getStats('default')).pending).toBe(1);
  });

  it('keeps to its limit, and lets jobs take turns and age', async () => {
    const limited = defineQueue({
      name: 'mail',
      rateLimit: { max: 3, per: 1_000 },
      isFair: true,
      agingMs: 1_000,
    });
    const { manager, clock } = setUp([limited]);
    const kind = defineJob({ name: 'mail', queue: 'mail', payload });
    const ran: (string | null)[] = [];
    manager.handle(kind, ({ job }) => void ran.push(job.groupKey));
    for (let i = 0; i < 10; i++) await manager.add(kind, {}, { groupKey: 'flood' });
    await manager.add(kind, {}, { groupKey: 'other' });
    manager.startProcessing();
    await clock.advance(1);
    expect(ran).toHaveLength(3);
    expect(ran).toContain('other');
  });

  it('is refused when it is defined twice, or asks for what the adapter cannot do', () => {
    const adapter = new InMemoryQueueAdapter();
    const make = (...queues: QueueDefinition[]) => new QueueManager(adapter, undefined, { queues });
    expect(() => make(mail, mail)).toThrow(/defined twice/);
    Object.assign(adapter, {
      capabilities: { ...adapter.capabilities, aging: false, fairness: false, sharedState: false },
    });
    const policies = [{ agingMs: 1 }, { isFair: true }, { rateLimit: { max: 1, per: 100 } }];
    for (const policy of policies) {
      expect(() => make(defineQueue({ name: 'mail', ...policy }))).toThrow(
        expect.objectContaining({ code: QueueErrorCode.QUEUE_UNSUPPORTED }),
      );
    }
    expect(() => make(mail)).not.toThrow();
  });
});

describe('schedules of a manager', () => {
  it('fire while it works, and not before or after', async () => {
    const { manager, clock } = setUp([]);
    const kind = defineJob({ name: 'tick', payload });
    let runs = 0;
    manager.handle(kind, () => void runs++);
    await manager.schedules.set({ name: 'tick', job: kind, payload: {}, every: 10_000, missed: 'skip' });
    manager.startProcessing();
    await clock.advance(35_000);
    expect(runs).toBe(3);
    await manager.stopProcessing();
    await clock.advance(35_000);
    expect(runs).toBe(3);
  });
});

describe('dead letters of a manager', () => {
  it('know the kinds it handles, and how often a job may be started again', async () => {
    const clock = new VirtualClock();
    const manager = new QueueManager(new InMemoryQueueAdapter({ clock, maxRetries: 0 }), undefined, {
      clock,
      maxReplays: 1,
    });
    const kind = defineJob({ name: 'kind', payload: z.object({ works: z.boolean() }) });
    manager.handle(kind, ({ payload: { works } }) => {
      if (!works) throw new Error('no luck');
    });
    manager.startProcessing();
    const { id } = await manager.add(kind, { works: false });
    await clock.settle();
    await manager.deadLetters.replay(id);
    await clock.settle();
    await expect(manager.deadLetters.replay(id)).rejects.toMatchObject({ code: 'QUEUE_REPLAY_LIMIT' });
    const other = await manager.add(kind, { works: false });
    await clock.settle();
    await expect(manager.deadLetters.replay(other.id, { payload: { works: 'no' } })).rejects.toMatchObject({
      code: 'QUEUE_PAYLOAD_INVALID',
    });
    await manager.deadLetters.replay(other.id, { payload: { works: true } });
    await clock.settle();
    expect(await manager.getJob(other.id)).toMatchObject({ status: 'completed' });
  });
});
