import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineJob } from '../define-job.ts';
import { InMemoryQueueAdapter } from '../in-memory/in-memory-queue-adapter.ts';
import type { SharedState } from '../job-store.ts';
import type { QueueAdapter } from '../queue-adapter.ts';
import type { ScheduleAdapter } from './firing.ts';
import { Schedules } from './schedules.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const START = Date.parse('2026-01-01T00:00:00Z');

const tick = defineJob({ name: 'tick', payload: z.object({}) });
const hourly = { name: 'hourly', job: tick, payload: {}, cron: '0 * * * *' } as const;

function setUp() {
  const clock = new VirtualClock(START);
  const adapter = new InMemoryQueueAdapter({ clock, keepCompleted: 10_000 });
  const errors: unknown[] = [];
  const open = (over: ScheduleAdapter = adapter, at = clock) =>
    new Schedules(over, { clock: at, onError: (error) => errors.push(error) });
  return { clock, adapter, errors, open, schedules: open() };
}

/** What was added, oldest slot first: `01:00`. */
async function slots(adapter: QueueAdapter): Promise<string[]> {
  const { jobs } = await adapter.findJobs({ limit: 1_000, order: 'asc' });
  return jobs.map((job) => String(job.metadata['slotAt']).slice(11, 16));
}

describe('a watched schedule', () => {
  it('adds one job at each slot, with an id and a key that follow from it', async () => {
    const { clock, adapter, schedules } = setUp();
    await schedules.set(hourly);
    schedules.start();
    await clock.advance(HOUR - 1);
    expect(await slots(adapter)).toEqual([]);
    await clock.advance(1);
    const job = await adapter.getJob('schedule:hourly:2026-01-01T01:00:00.000Z');
    expect(job).toMatchObject({
      type: 'tick',
      status: 'pending',
      createdAt: new Date(START + HOUR),
      idempotencyKey: 'schedule:hourly:2026-01-01T01:00:00.000Z',
      tags: ['schedule:hourly'],
      metadata: { schedule: 'hourly', slotAt: '2026-01-01T01:00:00.000Z' },
    });
    expect(await schedules.get('hourly')).toMatchObject({
      nextAt: new Date(START + 2 * HOUR),
      lastAt: new Date(START + HOUR),
      lastJobId: job?.id,
    });
    await clock.advance(3 * HOUR);
    expect(await slots(adapter)).toEqual(['01:00', '02:00', '03:00', '04:00']);
  });

  it('does not drift when it comes late', async () => {
    const { clock, adapter, schedules } = setUp();
    await schedules.set({ ...hourly, cron: undefined, every: 10 * MINUTE });
    await clock.advance(12 * MINUTE);
    schedules.start();
    await clock.advance(10 * MINUTE);
    expect(await slots(adapter)).toEqual(['00:10', '00:20']);
  });

  it('ends after endAt', async () => {
    const { clock, adapter, schedules } = setUp();
    await schedules.set({ ...hourly, endAt: new Date(START + 2 * HOUR) });
    schedules.start();
    await clock.advance(9 * HOUR);
    expect(await slots(adapter)).toEqual(['01:00', '02:00']);
    expect((await schedules.get('hourly'))?.nextAt).toBeNull();
  });

  it('is seen within a second when another process sets, pauses, resumes or removes it', async () => {
    const { clock, adapter, schedules, open } = setUp();
    const watching = open();
    watching.start();
    await schedules.set({ ...hourly, cron: undefined, every: 2 * SECOND });
    await clock.advance(2 * SECOND);
    expect(await slots(adapter)).toHaveLength(1);
    await schedules.pause('hourly');
    await clock.advance(MINUTE);
    expect(await slots(adapter)).toHaveLength(1);
    await schedules.resume('hourly');
    await clock.advance(2 * SECOND);
    expect(await slots(adapter)).toHaveLength(2);
    await schedules.remove('hourly');
    await clock.advance(MINUTE);
    expect(await slots(adapter)).toHaveLength(2);
  });

  it('is seen within half a minute when the news of it was missed', async () => {
    const { clock, adapter, schedules, open } = setUp();
    const watching = open(withShared(adapter, { onChange: () => () => undefined }));
    watching.start();
    await clock.advance(15 * MINUTE);
    await schedules.set({ ...hourly, cron: undefined, every: 30 * SECOND });
    await clock.advance(30 * SECOND);
    expect(await slots(adapter)).toHaveLength(1);
  });

  it('is not watched after stop, and watched again after start', async () => {
    const { clock, adapter, schedules } = setUp();
    await schedules.set(hourly);
    schedules.start();
    schedules.start();
    await clock.settle();
    expect(clock.pendingTimers).toBe(1);
    await schedules.stop();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(HOUR);
    expect(await slots(adapter)).toEqual([]);
    void schedules.stop();
    schedules.start();
    await clock.advance(HOUR);
    expect(await slots(adapter)).toEqual(['01:00', '02:00']);
  });

  it('fires by the clock of the store, though that of the process is wrong', async () => {
    const { clock, adapter, open } = setUp();
    // An hour fast.
    const wrong = { now: () => clock.now() + HOUR, schedule: clock.schedule.bind(clock) };
    const schedules = new Schedules(adapter, { clock: wrong });
    await open().set(hourly);
    schedules.start();
    await clock.advance(HOUR - 1);
    expect(await slots(adapter)).toEqual([]);
    await clock.advance(1);
    expect(await slots(adapter)).toEqual(['01:00']);
  });

  it('reads what is shared once a second at most, however often that changes for other reasons', async () => {
    const { clock, adapter, open } = setUp();
    let reads = 0;
    const counted = withShared(adapter, {
      list: (prefix) => {
        reads++;
        return adapter.shared?.list(prefix) ?? Promise.resolve([]);
      },
    });
    open(counted).start();
    let version: string | null = null;
    for (let i = 0; i < 1_000; i++) {
      version = (await adapter.shared?.write({ key: 'limit:x', value: i, version })) ?? null;
      await clock.advance(10);
    }
    expect(reads).toBeLessThanOrEqual(11);
  });
});

describe('slots that no process was there for', () => {
  it.each([
    ['skip', []],
    ['once', ['05:00']],
    ['all', ['01:00', '02:00', '03:00', '04:00', '05:00']],
  ] as const)('%s', async (missed, expected) => {
    const { clock, adapter, schedules } = setUp();
    await schedules.set({ ...hourly, missed });
    await clock.advance(5 * HOUR + 30 * MINUTE);
    schedules.start();
    await clock.settle();
    expect(await slots(adapter)).toEqual(expected);
    await clock.advance(30 * MINUTE);
    expect(await slots(adapter)).toEqual([...expected, '06:00']);
  });

  it('are the latest hundred when all are wanted', async () => {
    const { clock, adapter, schedules } = setUp();
    await schedules.set({ ...hourly, missed: 'all' });
    await clock.advance(1_000 * HOUR);
    schedules.start();
    await clock.settle();
    const { jobs, total } = await adapter.findJobs({ limit: 1_000, order: 'asc' });
    expect(total).toBe(100);
    expect(jobs.at(0)?.metadata['slotAt']).toBe(new Date(START + 901 * HOUR).toISOString());
    expect(jobs.at(-1)?.metadata['slotAt']).toBe(new Date(START + 1_000 * HOUR).toISOString());
  });

  it('do not count as missed for less than a minute', async () => {
    const { clock, adapter, schedules } = setUp();
    await schedules.set({ ...hourly, missed: 'skip' });
    await clock.advance(HOUR + 45 * SECOND);
    schedules.start();
    await clock.settle();
    expect(await slots(adapter)).toEqual(['01:00']);
  });
});

describe('several processes', () => {
  it('add one job a slot between them', async () => {
    const { clock, adapter, open, errors } = setUp();
    const processes = Array.from({ length: 5 }, () => open());
    for (const process of processes) {
      await process.set({ ...hourly, missed: 'all' });
      process.start();
    }
    await clock.advance(24 * HOUR);
    const added = await slots(adapter);
    expect(added).toHaveLength(24);
    expect(new Set(added).size).toBe(24);
    expect(errors).toEqual([]);
  });

  it('lose and double nothing when one dies between adding a job and saying so', async () => {
    const { clock, adapter, schedules, open } = setUp();
    const dying = open(withShared(adapter, { write: () => new Promise(() => undefined) }));
    await schedules.set(hourly);
    dying.start();
    await clock.advance(HOUR);
    expect(await slots(adapter)).toEqual(['01:00']);
    expect((await schedules.get('hourly'))?.lastAt).toBeNull();
    schedules.start();
    await clock.advance(HOUR);
    expect(await slots(adapter)).toEqual(['01:00', '02:00']);
  });

  it('lose nothing when one dies before it adds a job', async () => {
    const { clock, adapter, schedules, open } = setUp();
    const dying = { ...withShared(adapter, {}), add: () => new Promise<never>(() => undefined) };
    await schedules.set({ ...hourly, missed: 'skip' });
    open(dying).start();
    await clock.advance(HOUR);
    schedules.start();
    await clock.settle();
    expect(await slots(adapter)).toEqual(['01:00']);
  });
});

describe('with overlap: skip', () => {
  const slow = { ...hourly, overlap: 'skip' } as const;

  it('a slot is left out while the last job has not ended', async () => {
    const { clock, adapter, schedules } = setUp();
    await schedules.set(slow);
    schedules.start();
    await clock.advance(3 * HOUR);
    expect(await slots(adapter)).toEqual(['01:00']);
    await adapter.cancelJob('schedule:hourly:2026-01-01T01:00:00.000Z');
    await clock.advance(HOUR);
    expect(await slots(adapter)).toEqual(['01:00', '04:00']);
  });

  it('a slot is left out while a job run by hand has not ended, and fires when it was forgotten', async () => {
    const { clock, adapter, schedules } = setUp();
    await schedules.set(slow);
    schedules.start();
    const job = await schedules.runNow('hourly');
    await clock.advance(HOUR);
    expect(await slots(adapter)).toEqual(['00:00']);
    await adapter.deleteJob(job.id);
    await clock.advance(HOUR);
    expect(await slots(adapter)).toEqual(['02:00']);
  });

  it('the job of a process that died before it said so counts', async () => {
    const { clock, adapter, schedules, open } = setUp();
    const dying = open(withShared(adapter, { write: () => new Promise(() => undefined) }));
    await schedules.set(slow);
    dying.start();
    await clock.advance(3 * HOUR);
    schedules.start();
    await clock.advance(2 * HOUR);
    expect(await slots(adapter)).toEqual(['01:00']);
    expect((await schedules.get('hourly'))?.lastJobId).toBe('schedule:hourly:2026-01-01T01:00:00.000Z');
  });
});

describe('what fails', () => {
  it('is told of and tried again, and keeps no other schedule from firing', async () => {
    const { clock, adapter, schedules, errors } = setUp();
    await adapter.shared?.write({ key: 'schedule:broken', value: 'nonsense', version: null });
    await schedules.set(hourly);
    schedules.start();
    await clock.advance(HOUR);
    expect(await slots(adapter)).toEqual(['01:00']);
    expect(errors[0]).toMatchObject({ code: 'QUEUE_SCHEDULE_INVALID' });
  });

  it('loses no slot when the store is away for a while', async () => {
    const { clock, adapter, open, errors } = setUp();
    let isAway = false;
    const fragile = withShared(adapter, {
      list: async (prefix) => {
        if (isAway) throw new Error('away');
        return (await adapter.shared?.list(prefix)) ?? [];
      },
    });
    const schedules = open(fragile);
    await schedules.set(hourly);
    schedules.start();
    isAway = true;
    await clock.advance(HOUR + 10 * SECOND);
    expect(await slots(adapter)).toEqual([]);
    isAway = false;
    await clock.advance(5 * SECOND);
    expect(await slots(adapter)).toEqual(['01:00']);
    expect(errors.length).toBeGreaterThan(0);
  });
});

/** The same adapter, as a process sees it in which some of what is shared goes wrong. */
function withShared(adapter: InMemoryQueueAdapter, changed: Partial<SharedState>): ScheduleAdapter {
  const { shared } = adapter;
  if (shared === undefined) throw new Error('The adapter shares nothing.');
  return {
    add: (jobs) => adapter.add(jobs),
    getJob: (id) => adapter.getJob(id),
    shared: {
      read: (key) => shared.read(key),
      list: (prefix) => shared.list(prefix),
      write: (change) => shared.write(change),
      now: () => shared.now(),
      onChange: (callback) => shared.onChange(callback),
      ...changed,
    },
  };
}
