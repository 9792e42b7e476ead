import { Notification, NotificationManager, PermanentError } from '@townkrier/core';
import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, it } from 'vitest';
import { DeadLetters } from '../src/dead-letters/dead-letters.ts';
import type { AnyJobDefinition } from '../src/define-job.ts';
import { InMemoryQueueAdapter } from '../src/in-memory/in-memory-queue-adapter.ts';
import type { QueueAdapter } from '../src/queue-adapter.ts';
import { QueueManager } from '../src/queue-manager.ts';
import { buildReport, FailingDesk } from './failing-desk.ts';

const JOBS: ReadonlyMap<string, AnyJobDefinition> = new Map([[buildReport.name, buildReport]]);

/** Something happens just before the next replay reaches the queue. */
function beforeRetry(adapter: QueueAdapter, happens: () => Promise<unknown>): void {
  const retryJob = adapter.retryJob.bind(adapter);
  adapter.retryJob = async (id, options) => {
    adapter.retryJob = retryJob;
    await happens();
    return retryJob(id, options);
  };
}

/** Something happens just before the next deletion reaches the queue. */
function beforeDelete(adapter: QueueAdapter, happens: () => Promise<unknown>): void {
  const deleteJob = adapter.deleteJob.bind(adapter);
  adapter.deleteJob = async (id) => {
    adapter.deleteJob = deleteJob;
    await happens();
    return deleteJob(id);
  };
}

describe('a replay', () => {
  it('runs the job again under its id, and counts', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a');
    desk.fault = null;
    expect(await desk.deadLetters.replay('a')).toMatchObject({ id: 'a', status: 'pending', replays: 1 });
    expect(await desk.statusOf('a')).toBe('completed');
    expect(desk.runs).toEqual(['a', 'a']);
  });

  it('is refused after five, or as many as are allowed', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a');
    for (let replay = 1; replay <= 5; replay++) {
      await desk.deadLetters.replay('a');
      await desk.clock.advance(10);
    }
    expect(await desk.deadLetters.get('a')).toMatchObject({ replays: 5, isReplayable: false });
    await expect(desk.deadLetters.replay('a')).rejects.toMatchObject({ code: 'QUEUE_REPLAY_LIMIT' });
    await expect(desk.deadLetters.replay('a', { asNew: true })).rejects.toMatchObject({
      code: 'QUEUE_REPLAY_LIMIT',
    });
    expect(await desk.statusOf('a')).toBe('failed');
    await desk.open({ maxReplays: 6 }).replay('a');
    expect(desk.runs).toHaveLength(7);
  });

  it('is refused from the first when none is allowed', async () => {
    await using desk = new FailingDesk({ maxReplays: 0 });
    await desk.fail('a');
    await expect(desk.deadLetters.replay('a')).rejects.toMatchObject({ code: 'QUEUE_REPLAY_LIMIT' });
  });

  it('of two at once starts the job once', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a');
    const other = desk.open();
    const outcomes = await Promise.allSettled([desk.deadLetters.replay('a'), other.replay('a')]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'QUEUE_JOB_STATE' },
    });
    await desk.clock.advance(10);
    expect(desk.runs).toHaveLength(2);
  });

  it('is refused when somebody else came first, though the job has failed again by then', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a');
    beforeRetry(desk.adapter, async () => {
      await desk.open().replay('a');
      await desk.clock.advance(10);
    });
    await expect(desk.deadLetters.replay('a')).rejects.toMatchObject({ code: 'QUEUE_JOB_STATE' });
    expect(desk.runs).toHaveLength(2);
    await desk.deadLetters.replay('a');
  });
});

describe('a queue that forgets how often a job may be started', () => {
  it('starts it for both, which the test above would find', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a');
    const retryJob = desk.adapter.retryJob.bind(desk.adapter);
    desk.adapter.retryJob = (id) => retryJob(id);
    beforeRetry(desk.adapter, async () => {
      await desk.open().replay('a');
      await desk.clock.advance(10);
    });
    await desk.deadLetters.replay('a');
    await desk.clock.advance(10);
    expect(desk.runs).toHaveLength(3);
  });
});

describe('a replay with another payload', () => {
  it('runs with it, in the version of today', async () => {
    await using desk = new FailingDesk({ jobs: JOBS });
    await desk.fail('a');
    desk.fault = null;
    const job = await desk.deadLetters.replay('a', { payload: { month: '2026-02' } });
    expect(job.payload).toEqual({ version: 2, data: { month: '2026-02' } });
    expect(await desk.statusOf('a')).toBe('completed');
    expect((await desk.queue.getJob('a'))?.payload).toEqual({ version: 2, data: { month: '2026-02' } });
  });

  it('changes nothing when the payload does not fit, and does not show it', async () => {
    await using desk = new FailingDesk({ jobs: JOBS });
    await desk.fail('a');
    await expect(desk.deadLetters.replay('a', { payload: { month: 'last summer' } })).rejects.toMatchObject({
      name: 'QueueError',
      code: 'QUEUE_PAYLOAD_INVALID',
      message: expect.stringMatching(/month(?!.*last summer)/),
    });
    await expect(
      desk.deadLetters.replay('a', { payload: { month: '2026-02', text: 'x'.repeat(2_000_000) } }),
    ).rejects.toMatchObject({ code: 'QUEUE_PAYLOAD_TOO_LARGE' });
    expect(await desk.deadLetters.get('a')).toMatchObject({
      replays: 0,
      payload: { data: { month: '2026-01' } },
    });
  });

  it('works in a process that runs no such jobs, but knows them', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a');
    const office = new QueueManager(desk.adapter, undefined, { clock: desk.clock, jobs: [buildReport] });
    const job = await office.deadLetters.replay('a', { payload: { month: '2026-02' } });
    expect(job.payload).toMatchObject({ data: { month: '2026-02' } });
  });

  it('is refused for a kind nobody defined', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a');
    await expect(desk.deadLetters.replay('a', { payload: { month: '2026-02' } })).rejects.toMatchObject({
      code: 'QUEUE_PAYLOAD_NOT_EDITABLE',
    });
    expect((await desk.deadLetters.get('a'))?.replays).toBe(0);
  });
});

describe('a replay as new', () => {
  it('runs a job with another id, and keeps the old one no longer', async () => {
    await using desk = new FailingDesk();
    await desk.queue.add(
      buildReport,
      { month: '2026-01' },
      { id: 'a', idempotencyKey: 'report-1', priority: 7, owner: 'ada' },
    );
    await desk.clock.advance(10);
    desk.fault = null;
    const job = await desk.deadLetters.replay('a', { asNew: true });
    expect(job.id).not.toBe('a');
    expect(job).toMatchObject({
      type: 'report.build',
      queue: 'reports',
      priority: 7,
      owner: 'ada',
      replays: 0,
      idempotencyKey: null,
      payload: { version: 2, data: { month: '2026-01' } },
    });
    expect(await desk.queue.getJob('a')).toBeNull();
    expect(await desk.statusOf(job.id)).toBe('completed');
  });

  it('of two at once starts one job', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a');
    const outcomes = await Promise.allSettled([
      desk.deadLetters.replay('a', { asNew: true }),
      desk.open().replay('a', { asNew: true }),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'QUEUE_JOB_STATE' },
    });
    await desk.clock.advance(10);
    expect(desk.runs).toHaveLength(2);
  });

  it('leaves both after a crash between the two steps, and one when it is asked for again', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a');
    beforeDelete(desk.adapter, () => Promise.reject(new Error('the process died')));
    await expect(desk.deadLetters.replay('a', { asNew: true })).rejects.toThrow('the process died');
    expect((await desk.queue.findJobs()).total).toBe(2);
    await desk.deadLetters.replay('a', { asNew: true });
    await desk.clock.advance(10);
    expect((await desk.queue.findJobs()).total).toBe(1);
    expect(desk.runs).toHaveLength(2);
  });

  it('takes the new job back when somebody runs the old one meanwhile', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a');
    await desk.queue.stopProcessing();
    // The old one is claimed, and the new one waits.
    beforeDelete(desk.adapter, async () => {
      const { jobs } = await desk.adapter.findJobs({ status: 'pending' });
      for (const { id } of jobs) await desk.adapter.cancelJob(id);
      await desk.open().replay('a');
      desk.adapter.work(() => new Promise(() => undefined));
      await desk.clock.settle();
    });
    await expect(desk.deadLetters.replay('a', { asNew: true })).rejects.toMatchObject({
      code: 'QUEUE_JOB_STATE',
    });
    expect((await desk.queue.findJobs()).jobs.map(({ id, status }) => [id, status])).toEqual([
      ['a', 'processing'],
    ]);
    const closing = desk.queue.close();
    await desk.clock.advance(60_000);
    await closing;
  });
});

describe('a notification', () => {
  class Welcome extends Notification {
    via() {
      return ['email', 'sms'];
    }
    override toEmail() {
      return { subject: 'Welcome', text: 'Hello' };
    }
    override toSms() {
      return { text: 'Hello' };
    }
  }

  /** A queue whose text messages are refused until that is mended, and the keys that providers saw. */
  async function failedWelcome() {
    const clock = new VirtualClock();
    const adapter = new InMemoryQueueAdapter({ clock });
    const seen: Record<string, string[]> = { email: [], sms: [] };
    const world = { isRefused: true };
    const manager = new NotificationManager({ clock });
    for (const type of ['email', 'sms']) {
      manager.registerChannel(`${type}-provider`, {
        type,
        honoursIdempotencyKey: true,
        parseAddress: (address) => address,
        parseMessage: (message) => message,
        send: async ({ idempotencyKey }) => {
          seen[type]?.push(idempotencyKey);
          if (type === 'sms' && world.isRefused) throw new PermanentError('no credit');
          return { messageId: `${type}-1`, status: 'accepted' };
        },
      });
    }
    const queue = new QueueManager(adapter, manager);
    queue.startProcessing();
    const { id } = await queue.enqueue(
      new Welcome(),
      { email: 'ada@example.com', sms: '+15550100' },
      { idempotencyKey: 'welcome' },
    );
    await clock.advance(10);
    const deadLetters = new DeadLetters(adapter, { clock, jobs: JOBS });
    return { clock, queue, id, seen, world, deadLetters };
  }

  it('keeps its idempotency keys, and sends only what was not sent', async () => {
    const { clock, queue, id, seen, world, deadLetters } = await failedWelcome();
    world.isRefused = false;
    await deadLetters.replay(id);
    await clock.advance(10);
    expect((await queue.getJob(id))?.status).toBe('completed');
    expect(seen['email']).toHaveLength(1);
    expect(seen['sms']).toHaveLength(2);
    expect(new Set(seen['sms']).size).toBe(1);
    await queue.close();
  });

  it('as new, gets a new key for what was not sent, and sends nothing twice', async () => {
    const { clock, queue, id, seen, world, deadLetters } = await failedWelcome();
    world.isRefused = false;
    const job = await deadLetters.replay(id, { asNew: true });
    await clock.advance(10);
    const done = await queue.getJob(job.id);
    expect(done).toMatchObject({ status: 'completed', payload: { type: 'Welcome' } });
    expect(done?.deliveries.map(({ channel, status }) => [channel, status])).toEqual([
      ['email', 'sent'],
      ['sms', 'sent'],
    ]);
    expect(seen['email']).toHaveLength(1);
    expect(seen['sms']).toHaveLength(2);
    expect(new Set(seen['sms']).size).toBe(2);
    await queue.close();
  });

  it('cannot be edited', async () => {
    const { queue, id, deadLetters } = await failedWelcome();
    await expect(deadLetters.replay(id, { payload: { format: 1 } })).rejects.toMatchObject({
      code: 'QUEUE_PAYLOAD_NOT_EDITABLE',
    });
    expect((await deadLetters.get(id))?.replays).toBe(0);
    await queue.close();
  });
});

describe('many replays', () => {
  it('say what became of each, in the order given, and start each once', async () => {
    await using desk = new FailingDesk({ maxReplays: 1 });
    await desk.fail('a', 'b', 'c');
    await desk.deadLetters.replay('b');
    await desk.clock.advance(10);
    desk.fault = null;
    const results = await desk.deadLetters.replayMany(['c', 'nobody', 'b', 'a', 'c']);
    expect(results).toEqual([
      { jobId: 'c', outcome: 'replayed', code: null, startedJobId: 'c' },
      { jobId: 'nobody', outcome: 'refused', code: 'QUEUE_JOB_NOT_FOUND', startedJobId: null },
      { jobId: 'b', outcome: 'refused', code: 'QUEUE_REPLAY_LIMIT', startedJobId: null },
      { jobId: 'a', outcome: 'replayed', code: null, startedJobId: 'a' },
    ]);
  });

  it('end with the error when the queue itself refuses', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a');
    await desk.queue.close();
    await expect(desk.deadLetters.replayMany(['a'])).rejects.toMatchObject({ code: 'QUEUE_CLOSED' });
    await expect(desk.deadLetters.replayMany([])).resolves.toEqual([]);
  });

  it('of a group leave the others', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a', 'b');
    desk.fault = () => new TypeError('no ink');
    await desk.fail('c');
    const group = (await desk.deadLetters.get('c'))?.group;
    desk.fault = null;
    const { results, isCut } = await desk.deadLetters.replayAll({ group });
    expect(results.map(({ jobId }) => jobId)).toEqual(['c']);
    expect(isCut).toBe(false);
    expect(await desk.statusOf('c')).toBe('completed');
    expect(await desk.statusOf('a')).toBe('failed');
  });

  it('start a job once though it fails again meanwhile, and no more at a time than a batch', async () => {
    await using desk = new FailingDesk();
    const ids = await desk.failMany(1000);
    const retryJob = desk.adapter.retryJob.bind(desk.adapter);
    let atOnce = 0;
    let most = 0;
    desk.adapter.retryJob = async (id, options) => {
      most = Math.max(most, ++atOnce);
      const job = await retryJob(id, options);
      // It fails again before the next batch.
      await desk.clock.advance(10);
      atOnce--;
      return job;
    };
    const { results } = await desk.deadLetters.replayAll();
    expect(results.map(({ jobId }) => jobId)).toEqual(ids);
    expect(results.every(({ outcome }) => outcome === 'replayed')).toBe(true);
    expect(desk.runs).toHaveLength(2000);
    expect(most).toBeLessThanOrEqual(50);
  });

  it('of two operators start each job once', async () => {
    await using desk = new FailingDesk();
    const ids = await desk.failMany(200);
    const both = await Promise.all([desk.deadLetters.replayAll(), desk.open().replayAll()]);
    await desk.clock.advance(10);
    const started = both.flatMap(({ results }) => results.filter(({ outcome }) => outcome === 'replayed'));
    expect(started.map(({ jobId }) => jobId).sort()).toEqual(ids.toSorted());
    expect(desk.runs).toHaveLength(400);
  });

  it('can be as new', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a', 'b');
    desk.fault = null;
    const { results } = await desk.deadLetters.replayAll({}, { asNew: true });
    await desk.clock.advance(10);
    expect(await desk.queue.getStats()).toMatchObject({ failed: 0, completed: 2 });
    for (const { startedJobId, jobId } of results) expect(startedJobId).not.toBe(jobId);
  });
});
