import { Queue, Worker } from 'bullmq';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Place } from './place.ts';
import { describeWithRedis } from './redis-url.ts';

let place: Place;

/** BullMQ's own view of a queue here. */
function bullMqQueue(name: string): Queue {
  const queue = new Queue(name, place.forBullMq);
  place.onClose(() => queue.close());
  return queue;
}

describeWithRedis("BullMQ's own classes", () => {
  beforeEach(() => {
    place = new Place();
  });
  afterEach(() => place.close());

  it('count our jobs and read them', async () => {
    const adapter = place.open();
    const later = Date.now() + 3_600_000;
    await adapter.add([{ id: 'good', name: 'welcome', type: 'test', payload: { to: 'ada' } }]);
    await adapter.add([{ id: 'bad', type: 'test', payload: null, maxRetries: 0 }]);
    await adapter.add([{ id: 'late', type: 'test', payload: null, scheduledFor: later, priority: 1000 }]);
    const worker = adapter.work(({ job }) => {
      if (job.id === 'bad') throw new Error('no such address');
      return { sent: 1 };
    });
    await expect.poll(() => adapter.getStats()).toMatchObject({ completed: 1, failed: 1 });
    await worker.stop();
    await adapter.add([{ id: 'next', type: 'test', payload: 2, priority: 5 }]);

    const queue = bullMqQueue('default');
    expect(
      await queue.getJobCounts('prioritized', 'delayed', 'active', 'completed', 'failed', 'wait'),
    ).toEqual({
      prioritized: 1,
      delayed: 1,
      active: 0,
      completed: 1,
      failed: 1,
      wait: 0,
    });
    const good = await queue.getJob('good');
    expect(good?.name).toBe('welcome');
    expect(good?.data).toMatchObject({ townkrier: 1, type: 'test', payload: { to: 'ada' } });
    expect(good?.returnvalue).toEqual({ sent: 1 });
    expect((await queue.getJob('bad'))?.failedReason).toBe('no such address');
    expect(await (await queue.getJob('late'))?.getState()).toBe('delayed');
    expect([await queue.getJob('late'), await queue.getJob('next')].map((job) => job?.priority)).toEqual([
      1, 996,
    ]);
  });

  it('hold a queue back by pausing it, and delete jobs of it', async () => {
    const adapter = place.open({ pollInterval: 50 });
    const queue = bullMqQueue('default');
    await queue.pause();
    await adapter.add([
      { id: 'one', type: 'test', payload: null },
      { id: 'two', type: 'test', payload: null },
    ]);
    const ran: string[] = [];
    adapter.work(({ job }) => void ran.push(job.id));
    const other = adapter.work(({ job }) => void ran.push(job.id), { queues: ['other'] });
    await adapter.add([{ id: 'three', queue: 'other', type: 'test', payload: null }]);
    await expect.poll(() => ran).toEqual(['three']);
    await other.stop();
    await (await queue.getJob('one'))?.remove();
    expect(await adapter.getJob('one')).toBeNull();
    await queue.resume();
    await expect.poll(() => ran).toEqual(['three', 'two']);
    await expect.poll(() => adapter.getStats()).toMatchObject({ completed: 2 });
    // Listing jobs strikes out the one that is gone; until then it is counted.
    expect((await adapter.findJobs({})).total).toBe(2);
    expect(await adapter.getStats()).toMatchObject({ pending: 0, completed: 2 });
  });

  it('start a job of ours again that failed, and one early that waits for its time', async () => {
    const adapter = place.open({ pollInterval: 50 });
    const queue = bullMqQueue('default');
    let isBroken = true;
    const ran: string[] = [];
    adapter.work(({ job }) => {
      ran.push(job.id);
      if (job.id === 'bad' && isBroken) throw new Error('no such address');
    });
    await adapter.add([{ id: 'bad', type: 'test', payload: null, maxRetries: 0 }]);
    await adapter.add([{ id: 'late', type: 'test', payload: null, scheduledFor: Date.now() + 3_600_000 }]);
    await expect.poll(() => adapter.getStats()).toMatchObject({ failed: 1, scheduled: 1 });
    isBroken = false;
    await (await queue.getJob('bad'))?.retry();
    await (await queue.getJob('late'))?.promote();
    const nothingElse = { pending: 0, scheduled: 0, processing: 0, retrying: 0, failed: 0 };
    await expect.poll(() => adapter.getStats()).toMatchObject({ ...nothingElse, completed: 2 });
    expect(ran).toEqual(['bad', 'bad', 'late']);
    const { jobs, total } = await adapter.findJobs({ status: 'completed', order: 'asc' });
    expect([jobs.map(({ id }) => id), total]).toEqual([['bad', 'late'], 2]);
    expect((await adapter.findJobs({ status: ['failed', 'scheduled', 'pending'] })).total).toBe(0);
  });

  it('run jobs of their own in queues of their own, under the same prefix', async () => {
    const adapter = place.open();
    const theirs = bullMqQueue('theirs');
    const ran: string[] = [];
    const worker = new Worker('theirs', async (job) => void ran.push(`theirs ${job.id}`), place.forBullMq);
    place.onClose(() => worker.close());
    adapter.work(({ job }) => void ran.push(`ours ${job.id}`));
    for (const id of ['a', 'b', 'c']) {
      await theirs.add('test', {}, { jobId: id });
      await adapter.add([{ id, type: 'test', payload: null }]);
    }
    await expect
      .poll(() => ran.toSorted())
      .toEqual(['ours a', 'ours b', 'ours c', 'theirs a', 'theirs b', 'theirs c']);
    await expect.poll(() => theirs.getCompletedCount()).toBe(3);
    await expect.poll(() => adapter.getStats()).toMatchObject({ completed: 3, failed: 0 });
    await adapter.deleteJob('a');
    expect(await theirs.getJob('a')).toBeDefined();
  });

  it('may put a job into a queue of ours: it fails and says why, and ours go on', async () => {
    const adapter = place.open({ finishedMaxAge: 0, leaseMs: 200, heartbeatMs: 50 });
    const queue = bullMqQueue('default');
    await queue.add('foreign', { townkrier: 'no' }, { jobId: 'foreign' });
    await expect(adapter.add([{ id: 'foreign', type: 'test', payload: null }])).rejects.toMatchObject({
      code: 'QUEUE_JOB_INVALID',
    });
    const ran: string[] = [];
    await adapter.add([{ id: 'ours', type: 'test', payload: null }]);
    adapter.work(({ job }) => void ran.push(job.id));
    await expect.poll(() => queue.getFailedCount()).toBe(1);
    expect((await queue.getJob('foreign'))?.failedReason).toContain('not added through TownKrier');
    // Ours is forgotten at once with these options; theirs is not ours to forget.
    await expect.poll(() => queue.getJob('ours')).toBeUndefined();
    expect(await queue.getJob('foreign')).toBeDefined();
    expect(await adapter.getJob('foreign')).toBeNull();
    expect(ran).toEqual(['ours']);
  });
});
