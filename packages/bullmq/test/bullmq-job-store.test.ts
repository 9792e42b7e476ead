import { VirtualClock } from '@townkrier/core/testing';
import type { JobDelivery, JobFence, JobStore, Settlement } from '@townkrier/queue';
import { Queue } from 'bullmq';
import { type Command, Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { jobToInsert } from './job-to-insert.ts';
import { Place } from './place.ts';
import { describeWithRedis } from './redis-url.ts';

let place: Place;

/** BullMQ's own view of a queue here. */
function bullMqQueue(name = 'default'): Queue {
  const queue = new Queue(name, place.forBullMq);
  place.onClose(() => queue.close());
  return queue;
}

async function claimOne(store: JobStore): Promise<JobFence> {
  const [claimed] = await store.claim({ workerId: 'worker-1', limit: 1 });
  if (claimed === undefined) throw new Error('There was no job to claim.');
  return claimed.fence;
}

function tooLate(fence: JobFence): Settlement {
  const error = { name: 'QueueError', message: 'It came too late.', code: 'QUEUE_JOB_EXPIRED' };
  return { ...fence, to: 'cancelled', error, attempt: { outcome: 'cancelled', error, retryDelayMs: null } };
}

/** A client whose next call gets lost: on its way there, or on its way back. */
class LosingRedis extends Redis {
  loses: 'call' | 'answer' | undefined;

  override async sendCommand(command: Command): Promise<unknown> {
    const { loses } = this;
    this.loses = undefined;
    const answer = loses === 'call' ? null : await super.sendCommand(command);
    if (loses !== undefined) throw new Error(`The ${loses} was lost.`);
    return answer;
  }
}

describeWithRedis('a job that its worker cancels', () => {
  beforeEach(() => {
    place = new Place();
  });
  afterEach(() => place.close());

  it('has failed for BullMQ, with the reason, and gives up what was not tried', async () => {
    const delivery: JobDelivery = {
      idempotencyKey: 'one:email',
      channel: 'email',
      status: 'pending',
      isRetryable: true,
      attempts: 0,
      provider: null,
      messageId: null,
      reason: null,
      updatedAt: new Date(0),
    };
    const store = place.openStore();
    await store.insert([jobToInsert({ id: 'one', deliveries: [delivery], expiresAt: 1 })]);
    expect(await store.settle([tooLate(await claimOne(store))])).toEqual(['stored']);
    expect(await store.get('one')).toMatchObject({
      status: 'cancelled',
      attempts: 0,
      expiresAt: new Date(1),
      error: { code: 'QUEUE_JOB_EXPIRED' },
      deliveries: [{ status: 'cancelled', isRetryable: false }],
    });
    const seen = await bullMqQueue().getJob('one');
    expect([await seen?.getState(), seen?.failedReason]).toEqual(['failed', 'It came too late.']);
    expect(await store.stats()).toMatchObject({ cancelled: 1, failed: 0, processing: 0 });
  });

  it('hands out the next job of the only queue in the same step', async () => {
    const store = place.openStore();
    await store.insert([jobToInsert({ id: 'one' }), jobToInsert({ id: 'two' })]);
    const request = { workerId: 'worker-1', limit: 1, queues: ['default'] };
    const { results, claimed } = await store.settleAndClaim([tooLate(await claimOne(store))], request);
    expect([results, claimed.map(({ job }) => job.id)]).toEqual([['stored'], ['two']]);
  });

  it('is cancelled once when the answer is lost and it is told again', async () => {
    const client = new LosingRedis(place.url);
    place.onClose(async () => client.disconnect());
    const store = place.openStore({ connection: client });
    await store.insert([jobToInsert({ id: 'one' })]);
    const settlement = tooLate(await claimOne(store));
    client.loses = 'answer';
    await expect(store.settle([settlement])).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    expect(await store.settle([settlement])).toEqual(['stored']);
    expect((await store.get('one'))?.attemptLog).toHaveLength(1);
  });

  it('was cancelled by somebody else when the call is lost and they come first', async () => {
    const client = new LosingRedis(place.url);
    place.onClose(async () => client.disconnect());
    const store = place.openStore({ connection: client });
    await store.insert([jobToInsert({ id: 'one' })]);
    const settlement = tooLate(await claimOne(store));
    client.loses = 'call';
    await expect(store.settle([settlement])).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    await place.openStore().cancel('one');
    expect(await store.settle([settlement])).toEqual(['stale']);
    expect(await store.get('one')).toMatchObject({ status: 'cancelled', error: null });
  });
});

describeWithRedis('a job that is started again with another payload', () => {
  beforeEach(() => {
    place = new Place();
  });
  afterEach(() => place.close());

  it('carries it for BullMQ too, and of many who start it at once one does', async () => {
    const stores = [place.openStore(), place.openStore()];
    const [store] = stores;
    if (store === undefined) return;
    await store.insert([jobToInsert({ id: 'one', payload: 'old', tags: ['kept'] })]);
    await store.settle([tooLate(await claimOne(store))]);
    const payloads = Array.from({ length: 20 }, (_, i) => ({ to: `operator ${i}` }));
    const replays = await Promise.allSettled(
      payloads.map((payload, i) => (stores[i % 2] ?? store).retry('one', { payload, maxReplays: 1 })),
    );
    const started = replays.flatMap((replay) => (replay.status === 'fulfilled' ? [replay.value] : []));
    const refused = replays.flatMap((replay) => (replay.status === 'rejected' ? [replay.reason.code] : []));
    expect([started.length, new Set(refused)]).toEqual([1, new Set(['QUEUE_JOB_STATE'])]);
    const payload = started[0]?.payload;
    expect((await bullMqQueue().getJob('one'))?.data).toMatchObject({
      townkrier: 1,
      payload,
      tags: ['kept'],
    });
    // It is still known as ours: a worker is given it, and it does not fail as somebody else's.
    const [claimed] = await store.claim({ workerId: 'worker-1', limit: 1 });
    expect(claimed?.job).toMatchObject({ id: 'one', payload, replays: 1 });
  });

  it('stays as it was when it may not be', async () => {
    const store = place.openStore();
    await store.insert([jobToInsert({ id: 'one', payload: 'old' })]);
    await store.settle([tooLate(await claimOne(store))]);
    await expect(store.retry('one', { payload: 'new', maxReplays: 0 })).rejects.toMatchObject({
      code: 'QUEUE_REPLAY_LIMIT',
    });
    expect(await store.get('one')).toMatchObject({ status: 'cancelled', payload: 'old', replays: 0 });
  });
});

describeWithRedis('the jobs ahead of one', () => {
  beforeEach(() => {
    place = new Place();
  });
  afterEach(() => place.close());

  it('are those that are claimed before it', async () => {
    const clock = new VirtualClock();
    const store = place.openStore({ clock });
    for (let i = 0; i < 40; i++) {
      const scheduledFor = i % 3 === 0 ? clock.now() + 1000 + ((i * 7) % 5) : null;
      await store.insert([jobToInsert({ id: `job-${i}`, priority: (i * 11) % 4, scheduledFor })]);
      await clock.advance(1);
    }
    expect(await store.countAhead('job-0')).toBeNull();
    await clock.advance(2000);
    const ids = Array.from({ length: 40 }, (_, i) => `job-${i}`);
    const ahead = await Promise.all(ids.map((id) => store.countAhead(id)));
    const claimed = await store.claim({ workerId: 'worker-1', limit: 40 });
    const positions = new Map(claimed.map(({ job }, position) => [job.id, position]));
    expect(ahead).toEqual(ids.map((id) => positions.get(id)));
    expect(await store.countAhead('job-0')).toBeNull();
  });

  it('are counted when more became due than are moved at once', async () => {
    const clock = new VirtualClock();
    const store = place.openStore({ clock });
    const scheduledFor = clock.now() + 1000;
    await store.insert(Array.from({ length: 2001 }, (_, i) => jobToInsert({ id: `job-${i}`, scheduledFor })));
    await clock.advance(1000);
    expect(await store.countAhead('job-2000')).toBe(2000);
  });

  it('are also those that another tool put before all others, and not those of other queues', async () => {
    const store = place.openStore();
    await store.insert([jobToInsert({ id: 'one' }), jobToInsert({ id: 'two' })]);
    await store.insert([jobToInsert({ id: 'other', queue: 'other', priority: 100 })]);
    const queue = bullMqQueue();
    await queue.add('foreign', {}, { jobId: 'foreign' });
    expect(await store.countAhead('two')).toBe(2);
    // One of ours goes there, too, when another tool takes its priority away.
    await (await queue.getJob('two'))?.changePriority({ priority: 0 });
    expect([await store.countAhead('two'), await store.countAhead('one')]).toEqual([1, 2]);
    expect(await store.countAhead('foreign')).toBeNull();
    expect(await store.countAhead('nobody')).toBeNull();
  });
});

describeWithRedis('a worker that leaves queues out', () => {
  beforeEach(() => {
    place = new Place();
  });
  afterEach(() => place.close());

  it('leaves the mark of such a queue to others', async () => {
    const [one, other, producer] = ['one', 'other', 'producer'].map((name) =>
      place.openStore({ connection: `${place.url}?connectionName=${place.prefix}-${name}` }),
    );
    if (one === undefined || other === undefined || producer === undefined) return;
    // A queue that is known already: of a new one all are told.
    await producer.insert([jobToInsert({ id: 'first', queue: 'held' })]);
    await producer.claim({ workerId: 'worker-0', limit: 2 });
    const isWaiting = async (name: string): Promise<boolean> => {
      const lines = await place.connectionsNamed(`${place.prefix}-${name}`);
      return lines.some((line) => line.includes('cmd=bzpopmin') && / flags=\w*b/.test(line));
    };
    let wakes = 0;
    one.onWake(() => {
      wakes++;
      void one.claim({ workerId: 'worker-1', limit: 1, exceptQueues: ['held'] });
    });
    await one.msUntilNextDue();
    // It waits first, and so is given the mark first.
    await expect.poll(() => isWaiting('one')).toBe(true);
    const claimed: string[] = [];
    const claim = async (): Promise<void> => {
      for (const { job } of await other.claim({ workerId: 'worker-2', limit: 1 })) claimed.push(job.id);
    };
    other.onWake(() => void claim());
    await other.msUntilNextDue();
    await expect.poll(() => isWaiting('other')).toBe(true);
    wakes = 0;
    await producer.insert([jobToInsert({ id: 'second', queue: 'held' })]);
    await expect.poll(() => claimed).toEqual(['second']);
    expect(wakes).toBe(1);
  });

  it('is given none when it leaves out all it looks after', async () => {
    const store = place.openStore();
    await store.insert([
      jobToInsert({ id: 'one', queue: 'held' }),
      jobToInsert({ id: 'two', queue: 'other' }),
    ]);
    const none = { queues: ['held'], exceptQueues: ['held'] };
    expect(await store.msUntilNextDue(none)).toBeNull();
    expect(await store.claim({ workerId: 'worker-1', limit: 2, ...none })).toEqual([]);
    expect(await store.msUntilNextDue({ exceptQueues: ['held', 'other'] })).toBeNull();
    expect(await store.msUntilNextDue({ exceptQueues: ['held'] })).toBe(0);
    const claimed = await store.claim({ workerId: 'worker-1', limit: 2, exceptQueues: ['held'] });
    expect(claimed.map(({ job }) => job.id)).toEqual(['two']);
  });
});
