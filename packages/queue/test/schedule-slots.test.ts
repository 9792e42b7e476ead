import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastSlots, nextSlots } from '../src/schedules/timing.ts';
import { slotsByWalking, wallMinutes } from './wall-minutes.ts';

const DAY = 86_400_000;

/** Two days around each change of clocks, and a day that comes every four years. */
const walks = [
  walk('Europe/Vienna', '2026-03-28T06:00Z'),
  walk('Europe/Vienna', '2026-10-24T06:00Z'),
  walk('America/New_York', '2028-02-28T12:00Z'),
  walk('America/New_York', '2026-03-07T12:00Z'),
  walk('America/New_York', '2026-10-31T12:00Z'),
  walk('Australia/Lord_Howe', '2026-04-03T20:00Z'),
  walk('Australia/Lord_Howe', '2026-10-02T20:00Z'),
];

describe('any expression, when clocks change', () => {
  it.each(walks)('fires in $timeZone after $from when a walk through the minutes says', (walked) => {
    fc.assert(
      fc.property(anyExpression, (cron) => {
        const expected = slotsByWalking(cron, walked.minutes);
        const timing = { cron, timeZone: walked.timeZone, startAt: walked.first, endAt: walked.last };
        expect(nextSlots(timing, 0, expected.length + 1)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it.each(walks)('counts back in $timeZone before $from + 2 days as it counts forward', (walked) => {
    fc.assert(
      fc.property(anyExpression, (cron) => {
        const [from, ...later] = slotsByWalking(cron, walked.minutes);
        fc.pre(from !== undefined);
        const timing = { cron, timeZone: walked.timeZone, startAt: null, endAt: null };
        const range = { from, until: walked.last, limit: walked.minutes.length };
        expect(lastSlots(timing, range)).toEqual([from, ...later]);
        expect(lastSlots(timing, { ...range, limit: 3 })).toEqual([from, ...later].slice(-3));
      }),
      { numRuns: 8 },
    );
  });
});

const anyExpression = fc
  .tuple(timeField(59), timeField(23), dayField(1, 31), fc.constant('*'), dayField(0, 6))
  .map((fields) => fields.join(' '));

function timeField(most: number) {
  const value = fc.integer({ min: 0, max: most });
  return fc.oneof(
    fc.constant('*'),
    fc.integer({ min: 2, max: most }).map((step) => `*/${step}`),
    fc.uniqueArray(value, { minLength: 1, maxLength: 3 }).map((values) => values.join(',')),
    fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    // Where clocks change.
    fc.constantFrom('0', '1', '2', '3', '1-3', '0,2'),
  );
}

function dayField(least: number, most: number) {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    {
      weight: 1,
      arbitrary: fc.uniqueArray(fc.integer({ min: least, max: most }), { minLength: 1 }).map(String),
    },
  );
}

function walk(timeZone: string, from: string) {
  const minutes = wallMinutes(timeZone, Date.parse(from), 2 * DAY);
  return { timeZone, from, minutes, first: Date.parse(from), last: Date.parse(from) + 2 * DAY - 60_000 };
}
