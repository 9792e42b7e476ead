import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AuditEntry } from '../audit/audit-entry.ts';
import { AuditedQueueAdapter } from '../audit/audited-queue-adapter.ts';
import { defineJob } from '../define-job.ts';
import { InMemoryQueueAdapter } from '../in-memory/in-memory-queue-adapter.ts';
import type { ScheduleOptions } from './schedule-options.ts';
import { Schedules } from './schedules.ts';

const HOUR = 3_600_000;

const sendBriefing = defineJob({
  name: 'briefing.send',
  queue: 'mail',
  payload: z.object({ desk: z.string() }),
  retries: 2,
});

const daily = {
  name: 'briefing',
  job: sendBriefing,
  payload: { desk: 'orders' },
  cron: '0 8 * * *',
} satisfies ScheduleOptions<{ desk: string }>;

function setUp() {
  const clock = new VirtualClock(Date.parse('2026-01-01T00:00:00Z'));
  const adapter = new InMemoryQueueAdapter({ clock });
  return { clock, adapter, schedules: new Schedules(adapter, { clock }) };
}

const day = (date: number, time = '08:00') => new Date(`2026-01-0${date}T${time}:00Z`);

describe('setting a schedule', () => {
  it('keeps what is added, and when it fires next', async () => {
    const { schedules } = setUp();
    const schedule = await schedules.set({
      ...daily,
      options: { priority: 5, owner: 'ada', tags: ['daily'] },
    });
    expect(schedule).toMatchObject({
      name: 'briefing',
      cron: '0 8 * * *',
      timeZone: 'UTC',
      every: null,
      missed: 'once',
      overlap: 'allow',
      isPaused: false,
      nextAt: day(1),
      lastAt: null,
      lastJobId: null,
      job: {
        type: 'briefing.send',
        queue: 'mail',
        payload: { version: 1, data: { desk: 'orders' } },
        maxRetries: 2,
        priority: 5,
        owner: 'ada',
        tags: ['daily'],
      },
    });
    expect(await schedules.get('briefing')).toEqual(schedule);
    expect(await schedules.list()).toEqual([schedule]);
  });

  it('again and the same changes nothing', async () => {
    const { schedules, adapter, clock } = setUp();
    await schedules.set({ ...daily, cron: undefined, every: 10 * HOUR });
    const before = await adapter.shared?.read('schedule:briefing');
    await clock.advance(HOUR);
    const again = await schedules.set({ ...daily, cron: undefined, every: 10 * HOUR });
    expect(again.nextAt).toEqual(day(1, '10:00'));
    expect(await adapter.shared?.read('schedule:briefing')).toEqual(before);
  });

  it('with another payload keeps the next moment', async () => {
    const { schedules, clock } = setUp();
    await schedules.set({ ...daily, cron: undefined, every: 10 * HOUR });
    await clock.advance(HOUR);
    const changed = await schedules.set({
      ...daily,
      cron: undefined,
      every: 10 * HOUR,
      payload: { desk: 'returns' },
    });
    expect(changed).toMatchObject({
      nextAt: day(1, '10:00'),
      job: { payload: { data: { desk: 'returns' } } },
    });
  });

  it('with another time starts anew from now', async () => {
    const { schedules, clock } = setUp();
    await schedules.set(daily);
    expect((await schedules.set({ ...daily, cron: '0 9 * * *' })).nextAt).toEqual(day(1, '09:00'));
    expect((await schedules.set({ ...daily, timeZone: 'Europe/Vienna' })).nextAt).toEqual(day(1, '07:00'));
    await clock.advance(HOUR);
    expect((await schedules.set({ ...daily, cron: undefined, every: HOUR })).nextAt).toEqual(day(1, '02:00'));
  });

  it('counts even steps from startAt, also from one that has passed', async () => {
    const { schedules } = setUp();
    const every = { ...daily, cron: undefined, every: 24 * HOUR };
    expect((await schedules.set({ ...every, startAt: day(3) })).nextAt).toEqual(day(3));
    expect((await schedules.set({ ...every, startAt: new Date('2025-12-01T06:00Z') })).nextAt).toEqual(
      day(1, '06:00'),
    );
  });

  it('keeps one that is over, so that an app can go on setting it', async () => {
    const { schedules } = setUp();
    expect((await schedules.set({ ...daily, endAt: new Date('2025-12-31') })).nextAt).toBeNull();
  });

  it('at once in two processes keeps one of them whole', async () => {
    const { schedules, adapter } = setUp();
    const other = new Schedules(adapter);
    await Promise.all([schedules.set(daily), other.set({ ...daily, cron: '0 9 * * *' })]);
    expect(await schedules.list()).toHaveLength(1);
    expect((await schedules.get('briefing'))?.nextAt).toEqual(day(1, '09:00'));
  });

  it.each<[wrong: object, code: string, message: RegExp]>([
    [{ payload: { desk: 7 } }, 'QUEUE_PAYLOAD_INVALID', /desk/],
    [{ options: { metadata: { when: new Date() } } }, 'QUEUE_PAYLOAD_INVALID', /when/],
    [{ cron: '0 8 * *' }, 'QUEUE_SCHEDULE_INVALID', /cron/],
    [{ cron: '0 0 30 2 *' }, 'QUEUE_SCHEDULE_INVALID', /never fires/],
    [{ timeZone: 'Mars/Olympus' }, 'QUEUE_SCHEDULE_INVALID', /timeZone/],
    [{ every: HOUR }, 'CONFIG_INVALID', /either cron or every/],
    [{ cron: undefined }, 'CONFIG_INVALID', /either cron or every/],
    [{ cron: undefined, every: 999 }, 'CONFIG_INVALID', /every must be 1000 or more/],
    [{ cron: undefined, every: HOUR, timeZone: 'UTC' }, 'CONFIG_INVALID', /timeZone goes with cron/],
    [{ startAt: day(2), endAt: day(1) }, 'CONFIG_INVALID', /endAt/],
    [{ missed: 'all', overlap: 'skip' }, 'CONFIG_INVALID', /side by side/],
    [{ missed: 'never' }, 'CONFIG_INVALID', /missed/],
    [{ name: '' }, 'CONFIG_INVALID', /name/],
    [{ options: { id: 'x' } }, 'CONFIG_INVALID', /unknown key id in options \(known: priority/],
    [{ options: { priority: 5_000 } }, 'CONFIG_INVALID', /priority/],
    [{ colour: 'red' }, 'CONFIG_INVALID', /unknown key colour/],
  ])('refuses %j and stores nothing', async (wrong, code, message) => {
    const { schedules } = setUp();
    // What a caller without a compiler may give.
    const options: ScheduleOptions<{ desk: string }> = Object.assign({}, daily, wrong);
    const set = schedules.set(options);
    await expect(set).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await schedules.list()).toEqual([]);
  });

  it('takes only a payload that its kind of job takes', () => {
    const { schedules } = setUp();
    const typed = () => {
      // @ts-expect-error - desk is a text
      void schedules.set({ ...daily, payload: { desk: 7 } });
      // @ts-expect-error - either, not both
      void schedules.set({ ...daily, every: HOUR });
      // @ts-expect-error - even steps have no time zone
      void schedules.set({ ...daily, cron: undefined, every: HOUR, timeZone: 'UTC' });
    };
    expect(typed).toBeTypeOf('function');
  });
});

describe('a schedule', () => {
  it('that pauses has no next moment, and goes on from when it is resumed', async () => {
    const { schedules, clock } = setUp();
    await schedules.set(daily);
    expect(await schedules.pause('briefing')).toMatchObject({ isPaused: true, nextAt: null });
    await schedules.pause('briefing');
    await clock.advance(60 * HOUR);
    expect(await schedules.resume('briefing')).toMatchObject({ isPaused: false, nextAt: day(4) });
    expect(await schedules.resume('briefing')).toMatchObject({ isPaused: false, nextAt: day(4) });
  });

  it('goes on pausing when its time is changed', async () => {
    const { schedules } = setUp();
    await schedules.set(daily);
    await schedules.pause('briefing');
    expect(await schedules.set({ ...daily, cron: '0 9 * * *' })).toMatchObject({
      isPaused: true,
      nextAt: null,
    });
    expect((await schedules.resume('briefing')).nextAt).toEqual(day(1, '09:00'));
  });

  it('is run by hand, also while it pauses, once for each call', async () => {
    const { schedules, adapter, clock } = setUp();
    await schedules.set({ ...daily, options: { metadata: { a: 1 } } });
    await schedules.pause('briefing');
    const [one, two] = [await schedules.runNow('briefing'), await schedules.runNow('briefing')];
    expect(two.id).not.toBe(one.id);
    expect(two).toMatchObject({
      type: 'briefing.send',
      queue: 'mail',
      tags: ['schedule:briefing'],
      metadata: { a: 1, schedule: 'briefing', slotAt: clock.date.toISOString() },
    });
    expect((await adapter.findJobs({ tag: 'schedule:briefing' })).total).toBe(2);
    expect(await schedules.get('briefing')).toMatchObject({
      lastAt: clock.date,
      lastJobId: two.id,
      nextAt: null,
    });
  });

  it('is forgotten with its next slots, and not with its jobs', async () => {
    const { schedules, adapter } = setUp();
    await schedules.set(daily);
    await schedules.runNow('briefing');
    await schedules.remove('briefing');
    expect(await schedules.get('briefing')).toBeNull();
    expect((await adapter.findJobs({})).total).toBe(1);
  });

  it('that nobody knows is a typed error to commands, and null to a read', async () => {
    const { schedules } = setUp();
    const refusal = { code: 'QUEUE_SCHEDULE_NOT_FOUND' };
    await expect(schedules.pause('x')).rejects.toMatchObject(refusal);
    await expect(schedules.resume('x')).rejects.toMatchObject(refusal);
    await expect(schedules.remove('x')).rejects.toMatchObject(refusal);
    await expect(schedules.runNow('x')).rejects.toMatchObject(refusal);
    await expect(schedules.next('x')).rejects.toMatchObject(refusal);
    expect(await schedules.get('x')).toBeNull();
  });

  it('of a newer version is a typed error', async () => {
    const { schedules, adapter } = setUp();
    await adapter.shared?.write({ key: 'schedule:new', value: { spec: { moon: 'full' } }, version: null });
    await expect(schedules.get('new')).rejects.toMatchObject({ code: 'QUEUE_SCHEDULE_INVALID' });
  });
});

describe('a kind of job that expires', () => {
  it('does so counted from when each job is added', async () => {
    const { schedules, clock } = setUp();
    const quick = defineJob({ name: 'quick', payload: z.object({}), expiresIn: HOUR });
    await schedules.set({ name: 'quick', job: quick, payload: {}, every: 24 * HOUR });
    await clock.advance(10 * HOUR);
    expect((await schedules.runNow('quick')).expiresAt).toEqual(new Date(clock.now() + HOUR));
    await schedules.set({ name: 'quick', job: quick, payload: {}, every: 24 * HOUR });
    schedules.start();
    await clock.advance(14 * HOUR);
    expect((await schedules.get('quick'))?.lastAt).toEqual(day(2, '00:00'));
    await schedules.stop();
  });
});

describe('on an audited adapter', () => {
  it('what operators do is reported, without what jobs carry; setting the same again is not', async () => {
    const { adapter, clock } = setUp();
    const entries: AuditEntry[] = [];
    const write = async (entry: AuditEntry) => void entries.push(entry);
    const audited = new AuditedQueueAdapter(adapter, { actor: 'ada', sink: { write } });
    const schedules = new Schedules(audited, { clock });
    await schedules.set(daily);
    await schedules.set(daily);
    await schedules.pause('briefing');
    await schedules.resume('briefing');
    await schedules.runNow('briefing');
    await schedules.remove('briefing');
    const done = entries.filter(({ outcome }) => outcome === 'done');
    expect(done.map(({ action }) => action)).toEqual([
      'schedule:set',
      'schedule:pause',
      'schedule:resume',
      'schedule:run',
      'schedule:remove',
    ]);
    expect(done[0]).toMatchObject({
      target: { kind: 'schedule', id: 'briefing', queue: 'mail' },
      before: null,
    });
    expect(done[1]).toMatchObject({ before: { isPaused: false }, after: { isPaused: true, nextAt: null } });
    expect(done[4]?.after).toBeNull();
    expect(JSON.stringify(entries)).not.toContain('orders');
  });
});

describe('the next slots', () => {
  it('are five of a schedule, also of one that pauses', async () => {
    const { schedules } = setUp();
    await schedules.set(daily);
    await schedules.pause('briefing');
    expect(await schedules.next('briefing')).toEqual([1, 2, 3, 4, 5].map((date) => day(date)));
  });

  it('can be seen before anything is set', async () => {
    const { schedules } = setUp();
    expect(await schedules.next({ cron: '30 7 * * MON-FRI', timeZone: 'Europe/Vienna' }, 2)).toEqual([
      day(1, '06:30'),
      day(2, '06:30'),
    ]);
    expect(await schedules.next({ every: HOUR, endAt: day(1, '01:30') })).toEqual([day(1, '01:00')]);
    await expect(schedules.next({ cron: 'often' })).rejects.toMatchObject({ code: 'QUEUE_SCHEDULE_INVALID' });
    await expect(schedules.next({ every: HOUR }, 0)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('on an adapter whose processes share nothing', () => {
  it('schedules are refused, and watching them does nothing', async () => {
    const { adapter, clock } = setUp();
    const sharesNothing = { add: adapter.add.bind(adapter), getJob: adapter.getJob.bind(adapter) };
    const schedules = new Schedules(sharesNothing, { clock });
    await expect(schedules.set(daily)).rejects.toMatchObject({ code: 'QUEUE_UNSUPPORTED' });
    await expect(schedules.list()).rejects.toMatchObject({ code: 'QUEUE_UNSUPPORTED' });
    schedules.start();
    await schedules.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
