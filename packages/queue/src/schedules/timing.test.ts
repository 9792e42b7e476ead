import { describe, expect, it } from 'vitest';
import { checkCron, lastSlots, nextSlots, type Timing } from './timing.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function byCron(cron: string, timeZone: string): Timing {
  return { cron, timeZone, startAt: null, endAt: null };
}

function slotsFrom(timing: Timing, after: string, count: number): readonly string[] {
  return nextSlots(timing, Date.parse(after), count).map((slot) => new Date(slot).toISOString());
}

describe('slots by cron', () => {
  it.each([
    // In the gap: at its end, on the same day.
    ['30 2 * * *', 'Europe/Vienna', '2026-03-28T12:00Z', '2026-03-29T01:00', '2026-03-30T00:30'],
    ['30 2 * * *', 'America/New_York', '2026-03-07T12:00Z', '2026-03-08T07:00', '2026-03-09T06:30'],
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00Z', '2026-10-03T15:30', '2026-10-04T15:15'],
    // In the hour that comes twice: the first time only, for a list of hours as well.
    ['30 2 * * *', 'Europe/Vienna', '2026-10-24T12:00Z', '2026-10-25T00:30', '2026-10-26T01:30'],
    ['30 2,14 * * *', 'Europe/Vienna', '2026-10-24T13:00Z', '2026-10-25T00:30', '2026-10-25T13:30'],
    ['30 1 * * *', 'America/New_York', '2026-10-31T12:00Z', '2026-11-01T05:30', '2026-11-02T06:30'],
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T00:00Z', '2026-04-04T14:45', '2026-04-05T15:15'],
    // Through the hours as they pass: none left out, none twice.
    ['*/30 * * * *', 'Europe/Vienna', '2026-10-25T00:15Z', '2026-10-25T00:30', '2026-10-25T01:00'],
    ['0 * * * *', 'Europe/Vienna', '2026-03-29T00:30Z', '2026-03-29T01:00', '2026-03-29T02:00'],
    // The calendar.
    ['0 0 31 * *', 'UTC', '2026-01-31T00:00Z', '2026-03-31T00:00', '2026-05-31T00:00'],
    ['0 0 L * *', 'America/New_York', '2028-02-01T12:00Z', '2028-02-29T05:00', '2028-03-31T04:00'],
    ['0 0 29 2 *', 'UTC', '2026-01-01T00:00Z', '2028-02-29T00:00', '2032-02-29T00:00'],
    ['0 12 * * MON#1', 'UTC', '2026-01-01T00:00Z', '2026-01-05T12:00', '2026-02-02T12:00'],
    ['@daily', 'Asia/Kolkata', '2026-01-01T00:00Z', '2026-01-01T18:30', '2026-01-02T18:30'],
  ])('%s in %s after %s', (cron, timeZone, after, first, second) => {
    expect(slotsFrom(byCron(cron, timeZone), after, 2)).toEqual([`${first}:00.000Z`, `${second}:00.000Z`]);
  });

  it('may have seconds', () => {
    expect(slotsFrom(byCron('*/20 * * * * *', 'UTC'), '2026-01-01T00:00:05.500Z', 2)).toEqual([
      '2026-01-01T00:00:20.000Z',
      '2026-01-01T00:00:40.000Z',
    ]);
  });

  it('include both bounds', () => {
    const at = (time: string) => Date.parse(`2026-01-01T${time}:00Z`);
    const timing = { ...byCron('0 * * * *', 'UTC'), startAt: at('02:00'), endAt: at('03:00') };
    expect(nextSlots(timing, at('00:00'), 5)).toEqual([at('02:00'), at('03:00')]);
    expect(lastSlots(timing, { from: at('02:00'), until: at('09:00'), limit: 5 })).toEqual([
      at('02:00'),
      at('03:00'),
    ]);
  });

  it.each([
    ['61 * * * *', 'UTC', /"61 \* \* \* \*" cannot be read: Invalid value for minute: 61/],
    ['* * *', 'UTC', /cannot be read/],
    ['', 'UTC', /cannot be read/],
    ['@reboot', 'UTC', /cannot be read/],
    ['2030-01-01T00:00:00', 'UTC', /must be an expression/],
    ['* * * * *', 'Europe/Viena', /timeZone must be .* got "Europe\/Viena"/],
  ])('refuses %j in %j', (cron, timeZone, message) => {
    expect(() => checkCron({ cron, timeZone })).toThrow(
      expect.objectContaining({ code: 'QUEUE_SCHEDULE_INVALID', message: expect.stringMatching(message) }),
    );
  });
});

describe('slots in even steps', () => {
  const timing: Timing = { every: HOUR, anchorAt: 10 * HOUR, startAt: null, endAt: null };

  it('are counted from the anchor, which is one', () => {
    expect(nextSlots(timing, 0, 2)).toEqual([10 * HOUR, 11 * HOUR]);
    expect(nextSlots(timing, 10 * HOUR, 1)).toEqual([11 * HOUR]);
    expect(nextSlots(timing, 12 * HOUR - 1, 1)).toEqual([12 * HOUR]);
  });

  it('are counted back as well', () => {
    const range = { from: 10 * HOUR, until: 14 * HOUR + 5, limit: 3 };
    expect(lastSlots(timing, range)).toEqual([12 * HOUR, 13 * HOUR, 14 * HOUR]);
    expect(lastSlots(timing, { ...range, limit: 100 })).toHaveLength(5);
  });
});

describe('a slot that was promised', () => {
  it('stays one, though the rules of the time zone have changed since', () => {
    const promised = Date.parse('2026-01-01T07:59:00Z');
    const range = { from: promised, until: promised + DAY, limit: 1_000 };
    expect(lastSlots(byCron('0 8 * * *', 'UTC'), range)).toEqual([promised, promised + 60_000]);
    expect(lastSlots(byCron('0 8 * * *', 'UTC'), { ...range, until: promised })).toEqual([promised]);
  });
});
