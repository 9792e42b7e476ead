import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, it } from 'vitest';
import { QueueErrorCode } from '../errors.ts';
import { InMemoryJobStore } from '../in-memory/in-memory-job-store.ts';
import type { ClaimRequest } from '../job-store.ts';
import type { JobHandler } from '../queue-adapter.ts';
import { QueueManager } from '../queue-manager.ts';
import { StoreQueueAdapter } from '../store-queue-adapter.ts';
import { defineQueue } from './define-queue.ts';

const NO_LEASE = 1e15;

/** A store whose claims can be held up between taking jobs and answering. */
class HeldStore extends InMemoryJobStore {
  beforeAnswer: () => Promise<void> = async () => undefined;

  override async claim(request: ClaimRequest) {
    const claimed = await super.claim(request);
    if (claimed.length > 0) await this.beforeAnswer();
    return claimed;
  }
}

/** Two processes over one store: managers of their own, and workers in both. */
function setUp() {
  const clock = new VirtualClock();
  const history = { keepCompleted: 1e5, keepFailed: 1e5, keepCancelled: 1e5, finishedMaxAge: 1e12 };
  const store = new HeldStore({ clock, maxJobs: 1e6, ...history });
  const make = () => {
    const adapter = new StoreQueueAdapter(store, {
      clock,
      leaseMs: NO_LEASE,
      backoff: 60_000,
      maxRetries: 1,
    });
    const queues = [defineQueue({ name: 'mail' }), defineQueue({ name: 'pdf' })];
    return { adapter, manager: new QueueManager(adapter, undefined, { clock, queues }) };
  };
  const [here, there] = [make(), make()];
  const ran: string[] = [];
  const work = (handler: JobHandler = () => undefined, options = {}) => {
    for (const { adapter } of [here, there]) {
      adapter.work(({ job, ...context }) => {
        ran.push(job.id);
        return handler({ job, ...context });
      }, options);
    }
  };
  const add = (queue: string, ...ids: string[]) =>
    here.adapter.add(ids.map((id) => ({ id, queue, type: 'test', payload: null })));
  return { clock, store, here: here.manager, there: there.manager, adapter: here.adapter, ran, work, add };
}

describe('a queue that pauses', () => {
  it('starts nothing in any process until it is resumed, and others go on', async () => {
    const { clock, here, there, ran, work, add } = setUp();
    work();
    work(undefined, { queues: ['mail', 'pdf'] });
    await clock.settle();
    await there.queues.pause('mail', { reason: 'provider is down' });
    await add('mail', 'a', 'b');
    await add('pdf', 'c');
    await clock.advance(60_000);
    expect(ran).toEqual(['c']);
    expect(await here.queues.get('mail')).toMatchObject({
      isPaused: true,
      pausedUntil: null,
      pauseReason: 'provider is down',
      stats: { pending: 2 },
    });
    await here.queues.resume('mail');
    await clock.settle();
    expect(ran.sort()).toEqual(['a', 'b', 'c']);
  });

  it('pauses for a worker that starts later, too', async () => {
    const { clock, here, ran, work, add } = setUp();
    await here.queues.pause('mail');
    await add('mail', 'a');
    work();
    await clock.advance(60_000);
    expect(ran).toEqual([]);
  });

  it('goes on by itself at its moment, and nobody polls for that', async () => {
    const { clock, here, ran, work, add } = setUp();
    work();
    const until = new Date(clock.now() + 30_000);
    expect(await here.queues.pause('mail', { until })).toMatchObject({ pausedUntil: until });
    await add('mail', 'a');
    await clock.advance(29_999);
    expect(ran).toEqual([]);
    await clock.advance(1);
    expect(ran).toEqual(['a']);
    expect(await here.queues.get('mail')).toMatchObject({ isPaused: false, pausedUntil: null });
  });

  it('pauses as long as was said last', async () => {
    const { clock, here, ran, work, add } = setUp();
    work();
    await here.queues.pause('mail', { until: new Date(clock.now() + 1_000) });
    await here.queues.pause('mail');
    await add('mail', 'a');
    await clock.advance(60_000);
    expect(ran).toEqual([]);
    await here.queues.resume('mail');
    await here.queues.resume('mail');
    await clock.settle();
    expect(ran).toEqual(['a']);
  });

  it('gets back what was claimed when the pause came in, and no attempt is used', async () => {
    const { clock, store, here, ran, work, add, adapter } = setUp();
    store.beforeAnswer = async () => {
      store.beforeAnswer = async () => undefined;
      await here.queues.pause('mail');
    };
    await add('mail', 'a');
    await add('pdf', 'b');
    work();
    await clock.settle();
    expect(ran).toEqual(['b']);
    expect(await adapter.getJob('a')).toMatchObject({ status: 'pending', attempts: 0 });
    await here.queues.resume('mail');
    await clock.settle();
    expect(ran).toEqual(['b', 'a']);
  });

  it('lets jobs that run go on, and holds their retries', async () => {
    const { clock, here, ran, work, add, adapter } = setUp();
    work(async () => {
      await new Promise<void>((resolve) => clock.schedule(resolve, 1_000));
      throw new Error('no luck');
    });
    await add('mail', 'a');
    await clock.settle();
    await here.queues.pause('mail');
    await clock.advance(120_000);
    expect(ran).toEqual(['a']);
    expect(await adapter.getJob('a')).toMatchObject({ attempts: 1 });
  });

  it('is listed with all that have a policy, by name', async () => {
    const { here, there } = setUp();
    await here.queues.pause('zoo');
    const list = await there.queues.list();
    expect(list.map(({ name, isPaused }) => [name, isPaused])).toEqual([
      ['mail', false],
      ['pdf', false],
      ['zoo', true],
    ]);
  });

  it('is refused for a moment that has passed, and where processes share nothing', async () => {
    const { clock, here, adapter } = setUp();
    await expect(here.queues.pause('mail', { until: new Date(clock.now()) })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    Object.assign(adapter, { shared: undefined });
    const refused = { code: QueueErrorCode.QUEUE_UNSUPPORTED };
    await expect(here.queues.pause('mail')).rejects.toMatchObject(refused);
    await expect(here.queues.resume('mail')).rejects.toMatchObject(refused);
    expect(await here.queues.list()).toMatchObject([{ isPaused: false }, { isPaused: false }]);
  });

  it('survives rounds of pauses and adds at random moments without one start in a pause', async () => {
    const { clock, here, there, ran, work, add } = setUp();
    work(() => new Promise((resolve) => clock.schedule(() => resolve(undefined), 3)), { concurrency: 2 });
    let id = 0;
    for (let round = 0; round < 100; round++) {
      await add('mail', `${id++}`, `${id++}`, `${id++}`);
      await clock.advance(round % 4);
      await (round % 2 === 0 ? here : there).queues.pause('mail');
      const before = ran.length;
      await clock.advance(20);
      expect(ran).toHaveLength(before);
      await here.queues.resume('mail');
      await clock.advance(round % 7);
    }
    await clock.advance(1_000);
    expect(new Set(ran).size).toBe(id);
    expect(ran).toHaveLength(id);
  });
});

describe('drain', () => {
  it('resolves when nothing of the queue is due or runs, and waits for no retry', async () => {
    const { clock, here, there, work, add, adapter } = setUp();
    work(
      ({ job }) =>
        new Promise((resolve, reject) => {
          const isLast = job.id === 'fails';
          clock.schedule(() => (isLast ? reject(new Error('no luck')) : resolve(undefined)), 5_000);
        }),
      { concurrency: 1 },
    );
    await add('mail', 'a', 'b', 'c', 'fails');
    let drained = 0;
    for (const manager of [here, there]) void manager.queues.drain('mail').then(() => drained++);
    await clock.advance(9_999);
    expect(drained).toBe(0);
    await clock.advance(1_001);
    expect(drained).toBe(2);
    expect(await adapter.getJob('fails')).toMatchObject({ status: 'retrying' });
  });

  it('resolves at once for an empty queue, and leaves no timer behind', async () => {
    const { clock, here } = setUp();
    await here.queues.drain('mail');
    expect(clock.pendingTimers).toBe(0);
  });

  it('is given up with its signal', async () => {
    const { clock, here, add } = setUp();
    await add('mail', 'a');
    const controller = new AbortController();
    const drained = here.queues.drain('mail', { signal: controller.signal });
    const refused = expect(drained).rejects.toThrow('enough');
    await clock.settle();
    controller.abort(new Error('enough'));
    await refused;
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('purge', () => {
  it('deletes what waited when it was confirmed, and neither what runs, nor what came later, nor others', async () => {
    const { clock, here, adapter, add, work } = setUp();
    work(() => new Promise(() => undefined), { queues: ['mail'], concurrency: 1 });
    await add('mail', 'runs here', 'runs there');
    await clock.settle();
    await add('mail', ...Array.from({ length: 250 }, (_, i) => `waits ${i}`));
    await add('pdf', 'other');
    await adapter.add([
      { id: 'later', queue: 'mail', type: 'test', payload: null, scheduledFor: clock.now() + 1e6 },
    ]);
    await clock.advance(10);
    const { token, count, queue } = await here.queues.confirmPurge('mail');
    expect({ count, queue }).toEqual({ count: 251, queue: 'mail' });
    await clock.advance(10);
    await add('mail', 'new');
    expect(await here.queues.purge(token)).toEqual({ deleted: 251 });
    const { jobs } = await adapter.findJobs({ order: 'asc' });
    expect(jobs.map(({ id }) => id)).toEqual(['runs here', 'runs there', 'other', 'new']);
  });

  it('takes a confirmation once, within a minute, and only where it was made', async () => {
    const { clock, here, there } = setUp();
    const refused = { code: QueueErrorCode.QUEUE_CONFIRMATION_INVALID };
    const { token } = await here.queues.confirmPurge('mail');
    await expect(there.queues.purge(token)).rejects.toMatchObject(refused);
    await here.queues.purge(token);
    await expect(here.queues.purge(token)).rejects.toMatchObject(refused);
    const late = await here.queues.confirmPurge('mail');
    await clock.advance(60_000);
    await expect(here.queues.purge(late.token)).rejects.toMatchObject(refused);
  });
});
