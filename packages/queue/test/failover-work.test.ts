import { Notification } from '@townkrier/core';
import { fakeNotifications, VirtualClock } from '@townkrier/core/testing';
import { describe, expect, it } from 'vitest';
import { QueueErrorCode } from '../src/errors.ts';
import { FailoverQueueAdapter } from '../src/failover/failover-queue-adapter.ts';
import { InMemoryJobStore } from '../src/in-memory/in-memory-job-store.ts';
import { InMemoryQueueAdapter } from '../src/in-memory/in-memory-queue-adapter.ts';
import type { JobContext } from '../src/queue-adapter.ts';
import { QueueManager } from '../src/queue-manager.ts';
import { StoreQueueAdapter } from '../src/store-queue-adapter.ts';
import { FailoverPair, idsIn } from './failover-pair.ts';

/** A handler whose calls end when told to. */
class Desk {
  readonly started: string[] = [];
  running = 0;
  mostRunning = 0;
  readonly #ends = new Map<string, () => void>();

  readonly handler = async ({ job, signal }: JobContext): Promise<string> => {
    this.started.push(job.id);
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    await new Promise<void>((resolve) => {
      this.#ends.set(job.id, resolve);
      signal.addEventListener('abort', () => resolve());
    });
    this.running -= 1;
    return 'done';
  };

  end(id: string): void {
    this.#ends.get(id)?.();
  }
}

describe("whileDown: 'hold'", () => {
  it('jobs of the fallback wait until they have moved', async () => {
    const pair = new FailoverPair({ state: 'rejects' });
    const started: string[] = [];
    const worker = pair.adapter.work(({ job }) => void started.push(job.id));
    const id = await pair.add();
    await pair.clock.advance(60_000);
    expect(started).toEqual([]);
    await pair.giveBack();
    expect(started).toEqual([id]);
    expect((await pair.adapter.getJob(id))?.status).toBe('completed');
    await worker.stop();
    await pair.adapter.close();
  });
});

describe("whileDown: 'work'", () => {
  it('jobs run at once while the primary is away, and stay in the fallback when they have ended', async () => {
    const pair = new FailoverPair({ whileDown: 'work' });
    const started: string[] = [];
    pair.adapter.work(({ job }) => void started.push(job.id));
    pair.primarySwitch.state = 'rejects';
    const id = await pair.add();
    await pair.clock.settle();
    expect(started).toEqual([id]);
    await pair.giveBack();
    expect(started).toEqual([id]);
    expect((await pair.adapter.getJob(id))?.status).toBe('completed');
    expect(await idsIn(pair.primary)).toEqual([]);
    await pair.adapter.close();
  });

  it('a worker that is started while the primary is away works at once', async () => {
    const pair = new FailoverPair({ state: 'rejects', whileDown: 'work' });
    const id = await pair.add();
    const worker = pair.adapter.work(() => 'done');
    await pair.clock.settle();
    expect((await pair.adapter.getJob(id))?.status).toBe('completed');
    expect(worker.id).not.toBe((await pair.adapter.getJob(id))?.attemptLog[0]?.workerId);
    await pair.adapter.close();
  });

  it('what runs when the primary returns ends in the fallback, and the rest moves at once', async () => {
    const pair = new FailoverPair({ state: 'rejects', whileDown: 'work' });
    const desk = new Desk();
    const worker = pair.adapter.work(desk.handler, { concurrency: 1 });
    const [first, second] = [await pair.add(), await pair.add()];
    await pair.clock.settle();
    pair.primarySwitch.state = 'answers';
    await pair.clock.advance(1_000);
    expect(await pair.adapter.health()).toMatchObject({ active: 'primary', waitingInFallback: 0 });
    expect(desk.started).toEqual([first, second]);
    expect(worker.running).toBe(2);
    desk.end(first);
    desk.end(second);
    await pair.clock.settle();
    expect((await pair.fallback.getJob(first))?.result).toBe('done');
    expect((await pair.primary.getJob(second))?.result).toBe('done');
    expect(worker.running).toBe(0);
    await pair.adapter.close();
  });

  it('what a worker has to give back moves too', async () => {
    const pair = new FailoverPair({
      state: 'rejects',
      whileDown: 'work',
      fallbackOptions: { shutdownTimeout: 3_000 },
    });
    const desk = new Desk();
    pair.adapter.work(desk.handler);
    const id = await pair.add({ timeout: 60_000 });
    await pair.clock.settle();
    pair.primarySwitch.state = 'answers';
    await pair.clock.advance(1_000);
    expect(await idsIn(pair.primary)).toEqual([]);
    await pair.clock.advance(3_000);
    expect(await idsIn(pair.fallback)).toEqual([]);
    expect(await pair.primary.getJob(id)).toMatchObject({ status: 'processing', attempts: 1 });
    expect(desk.started).toEqual([id, id]);
    desk.end(id);
    await pair.inTime(pair.adapter.close());
  });

  it('no more than concurrency handlers run while the primary is away, those that it had given out included', async () => {
    const pair = new FailoverPair({ whileDown: 'work' });
    const desk = new Desk();
    pair.adapter.work(desk.handler, { concurrency: 3 });
    const ids = [await pair.add(), await pair.add()];
    await pair.clock.settle();
    pair.primarySwitch.state = 'rejects';
    for (let index = 0; index < 5; index += 1) ids.push(await pair.add());
    await pair.clock.settle();
    expect(desk.started).toEqual(ids.slice(0, 3));
    desk.end(ids[0] ?? '');
    desk.end(ids[1] ?? '');
    await pair.clock.advance(1_000);
    expect(desk.started).toEqual(ids.slice(0, 5));
    for (const id of ids) desk.end(id);
    await pair.clock.advance(1_000);
    expect(desk.mostRunning).toBe(3);
    for (const id of ids) desk.end(id);
    await pair.inTime(pair.adapter.close());
  });

  it('a worker with its hands full on the primary works on the fallback when they are free', async () => {
    const pair = new FailoverPair({ whileDown: 'work' });
    const desk = new Desk();
    pair.adapter.work(desk.handler, { concurrency: 1 });
    const first = await pair.add();
    await pair.clock.settle();
    pair.primarySwitch.state = 'rejects';
    const second = await pair.add();
    await pair.clock.advance(5_000);
    expect(desk.started).toEqual([first]);
    desk.end(first);
    await pair.clock.advance(1_000);
    expect(desk.started).toEqual([first, second]);
    desk.end(second);
    await pair.adapter.close();
  });

  it('jobs that ended but whose end the primary cannot store take up no place', async () => {
    const pair = new FailoverPair({ state: 'rejects', whileDown: 'work' });
    const work = pair.primary.work.bind(pair.primary);
    pair.primary.work = (handler, options) => {
      const real = work(handler, options);
      return { id: real.id, running: 5, stop: () => real.stop() };
    };
    pair.adapter.work(() => 'done', { concurrency: 5 });
    const id = await pair.add();
    await pair.clock.settle();
    expect((await pair.adapter.getJob(id))?.status).toBe('completed');
    await pair.adapter.close();
  });

  it('a worker that is stopping takes nothing from the fallback', async () => {
    const pair = new FailoverPair({ whileDown: 'work' });
    const desk = new Desk();
    const worker = pair.adapter.work(desk.handler);
    const first = await pair.add({ timeout: 300_000 });
    await pair.clock.settle();
    const stopping = worker.stop();
    pair.primarySwitch.state = 'rejects';
    await pair.add();
    await pair.clock.advance(5_000);
    expect(desk.started).toEqual([first]);
    desk.end(first);
    await pair.inTime(stopping);
    await pair.adapter.close();
  });

  it('a handler that ignores its abort does not keep its place for ever', async () => {
    const pair = new FailoverPair({ whileDown: 'work' });
    const started: string[] = [];
    pair.adapter.work(
      ({ job }) => {
        started.push(job.id);
        return new Promise(() => undefined);
      },
      { concurrency: 1 },
    );
    await pair.add({ timeout: 100, maxRetries: 0 });
    await pair.clock.advance(100);
    await pair.lose();
    const second = await pair.add();
    await pair.clock.settle();
    expect(started.at(-1)).toBe(second);
    await pair.inTime(pair.adapter.close());
  });

  it('only the queues of a worker are worked on', async () => {
    const pair = new FailoverPair({ state: 'rejects', whileDown: 'work' });
    const started: string[] = [];
    pair.adapter.work(({ job }) => void started.push(job.id), { queues: ['mail'] });
    const [mail] = [await pair.add({ queue: 'mail' }), await pair.add({ queue: 'sms' })];
    await pair.clock.advance(5_000);
    expect(started).toEqual([mail]);
    await pair.adapter.close();
  });

  it('a job that a process left running when it died moves once its lease is over', async () => {
    const clock = new VirtualClock();
    const limits = {
      maxJobs: 10,
      keepCompleted: 10,
      keepFailed: 10,
      keepCancelled: 10,
      finishedMaxAge: 3_600_000,
    };
    const store = new InMemoryJobStore({ clock, ...limits });
    // Its time stands still: it gives one sign of life, and no more.
    const dead = new StoreQueueAdapter(store, { clock: new VirtualClock() });
    const [job] = await dead.add([{ type: 'test', payload: null }]);
    dead.work(() => new Promise(() => undefined), { concurrency: 1 });
    await clock.settle();
    const fallback = new StoreQueueAdapter(store, { clock, leaseMs: 15_000, heartbeatMs: 5_000 });
    const primary = new InMemoryQueueAdapter({ clock });
    const adapter = new FailoverQueueAdapter(primary, fallback, { clock, watchInterval: 5_000 });
    const worker = adapter.work(() => 'done');
    await clock.advance(6_000);
    await worker.stop();
    await clock.advance(60_000);
    expect(await adapter.getStats(), 'nobody works, so nobody takes it back').toMatchObject({
      processing: 1,
    });
    adapter.work(() => 'done');
    await clock.advance(4_000);
    expect(await adapter.getStats()).toMatchObject({ processing: 1, completed: 0 });
    await clock.advance(16_000);
    expect((await primary.getJob(job?.id ?? ''))?.result).toBe('done');
    expect((await fallback.getStats()).processing).toBe(0);
    await adapter.close();
  });
});

describe('the worker that is given', () => {
  it('stops on both sides', async () => {
    const pair = new FailoverPair({ whileDown: 'work' });
    const started: string[] = [];
    const worker = pair.adapter.work(({ job }) => void started.push(job.id));
    await pair.lose();
    await pair.add();
    await pair.clock.settle();
    expect(started).toHaveLength(1);
    const stopping = worker.stop();
    expect(worker.stop()).toBe(stopping);
    await stopping;
    await pair.add();
    await pair.clock.advance(5_000);
    await pair.giveBack();
    expect(started).toHaveLength(1);
    expect(await pair.adapter.getStats()).toMatchObject({ pending: 1 });
    await pair.adapter.close();
    expect(pair.clock.pendingTimers).toBe(0);
  });

  it('is stopped after shutdownTimeout though the primary does not say that it has, which is told', async () => {
    const pair = new FailoverPair({ shutdownTimeout: 2_000 });
    const work = pair.primary.work.bind(pair.primary);
    pair.primary.work = (handler, options) => {
      const real = work(handler, options);
      return { id: real.id, running: 0, stop: () => real.stop().then(() => new Promise(() => undefined)) };
    };
    const worker = pair.adapter.work(() => undefined);
    const stopping = worker.stop();
    await pair.clock.advance(2_000);
    await stopping;
    expect(pair.errors).toMatchObject([{ code: QueueErrorCode.QUEUE_UNAVAILABLE }]);
    await pair.adapter.close();
  });

  it('refuses wrong options', async () => {
    const pair = new FailoverPair();
    const wrong = expect.objectContaining({ code: 'CONFIG_INVALID' });
    expect(() => pair.adapter.work(() => undefined, { concurrency: 0 })).toThrow(wrong);
    expect(() => pair.adapter.work(() => undefined, Object({ speed: 1 }))).toThrow(wrong);
    await pair.adapter.close();
  });
});

describe('a QueueManager on it', () => {
  class OrderShipped extends Notification {
    via() {
      return ['email'];
    }
    override toEmail() {
      return { subject: 'It is on its way', text: 'It arrives tomorrow.' };
    }
  }

  it('takes notifications during an outage and sends each once after it', async () => {
    const pair = new FailoverPair({ state: 'rejects' });
    const notifications = fakeNotifications();
    const queue = new QueueManager(pair.adapter, notifications);
    queue.startProcessing();
    const job = await pair.inTime(queue.enqueue(new OrderShipped(), { email: 'ada@example.com' }));
    await pair.clock.advance(5_000);
    notifications.assertNothingSent();
    await pair.giveBack();
    expect((await queue.getJob(job.id))?.deliveries).toMatchObject([{ status: 'sent', attempts: 1 }]);
    expect(notifications.sent(OrderShipped)).toHaveLength(1);
    await pair.inTime(queue.close());
  });
});

describe('pauses and limits', () => {
  it('a queue that paused when the primary was lost pauses in the fallback, and the others do not', async () => {
    const pair = new FailoverPair({ whileDown: 'work' });
    const ran: string[] = [];
    const run = ({ job: { queue } }: JobContext) => void ran.push(queue);
    pair.adapter.work(run);
    pair.adapter.work(run, { queues: ['paused'] });
    await pair.clock.settle();
    const value = { at: 0, until: null, reason: null };
    await pair.adapter.shared?.write({ key: 'pause:paused', value, version: null });
    await pair.clock.settle();
    await pair.lose();
    await pair.add({ queue: 'paused' });
    await pair.add({ queue: 'other' });
    await pair.clock.advance(1_000);
    expect(ran).toEqual(['other']);
    await pair.adapter.close();
  });

  it('a limit holds in the fallback, and is refused where that cannot keep it', async () => {
    const pair = new FailoverPair({ whileDown: 'work', state: 'rejects' });
    let runs = 0;
    const run = () => void runs++;
    const limited = { queues: ['mail'], rateLimit: { max: 2, per: 60_000 } };
    pair.adapter.work(run, limited);
    await pair.lose();
    for (let i = 0; i < 5; i++) await pair.add({ queue: 'mail' });
    await pair.clock.advance(1_000);
    expect(runs).toBe(2);
    Object.assign(pair.fallbackSwitch, {
      capabilities: { ...pair.fallback.capabilities, sharedState: false },
    });
    expect(() => pair.adapter.work(run, limited)).toThrow(
      expect.objectContaining({ code: 'QUEUE_UNSUPPORTED' }),
    );
    await pair.adapter.close();
  });
});
