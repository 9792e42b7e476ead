import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MINUTE } from './grain.ts';
import { Tally } from './tally.ts';
import { throughputOf } from './throughput.ts';

const NOW = Date.UTC(2026, 0, 10, 12);

/** Minutes in which so many jobs ended, the last of them just over; every third failed. */
function minutesOf(...counts: readonly number[]) {
  return counts.map((count, n) => {
    const failed = Math.floor(count / 3);
    const tally = Object.assign(new Tally(), { completed: count - failed, failed });
    return { at: NOW - (counts.length - n) * MINUTE.ms, tally };
  });
}

function perMinute(...counts: readonly number[]): number {
  return (throughputOf(minutesOf(...counts), NOW) ?? Number.NaN) * MINUTE.ms;
}

it('of a steady queue it is its speed, however long that is known', () => {
  const counts = fc.record({
    count: fc.integer({ min: 1, max: 1e6 }),
    minutes: fc.integer({ min: 1, max: 15 }),
  });
  fc.assert(
    fc.property(counts, ({ count, minutes }) => {
      const told = perMinute(...Array.from({ length: minutes }, () => count));
      expect(Math.abs(told - count)).toBeLessThan(count * 0.001);
    }),
  );
});

it('the newest minutes weigh most', () => {
  expect(perMinute(10, 10, 10, 20, 20, 20)).toBeGreaterThan(16);
  expect(perMinute(20, 20, 20, 10, 10, 10)).toBeLessThan(14);
});

it('a minute in which none ended counts, but not before the first in which one did', () => {
  expect(perMinute(0, 0, 0, 6)).toBeCloseTo(6, 2);
  expect(perMinute(6, 0, 0, 0)).toBeLessThan(1.5);
});

it('of a minute that is not over what has passed of it counts', () => {
  const at = NOW - MINUTE.ms / 2;
  const tally = Object.assign(new Tally(), { completed: 30 });
  expect((throughputOf([{ at, tally }], NOW) ?? 0) * MINUTE.ms).toBeCloseTo(60, 5);
});

it('is not known when none ended', () => {
  expect(throughputOf([], NOW)).toBeNull();
  expect(throughputOf(minutesOf(0, 0), NOW)).toBeNull();
});
