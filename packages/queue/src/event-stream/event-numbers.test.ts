import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lastToTrim, toEventNumber, toLoggedEvents } from './event-numbers.ts';

it('a log trimmed as told keeps at least what it must, and at most a tenth and one append more', () => {
  const appends = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 200 });
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e15 }),
      fc.integer({ min: 1, max: 500 }),
      appends,
      (start, keep, sizes) => {
        let [oldest, latest] = [start + 1, start];
        for (const added of sizes) {
          latest += added;
          const trimmed = lastToTrim(latest, added, keep);
          if (trimmed !== null) oldest = Math.max(oldest, trimmed + 1);
          const kept = latest - oldest + 1;
          expect(kept).toBeGreaterThanOrEqual(Math.min(keep, latest - start));
          expect(kept).toBeLessThanOrEqual(keep + Math.max(1, keep / 10) + added);
        }
      },
    ),
  );
});

it.each([
  [null, -1],
  ['0', 0],
  ['41', 41],
  ['42', 42],
  ['43', -1],
  ['', -1],
  ['-1', -1],
  ['4.2', -1],
  [' 4', -1],
  ['99999999999999999999', -1],
])('the cursor %j stands at %i in a log of 42', (cursor, number) => {
  expect(toEventNumber(cursor, 42)).toBe(number);
});

it('there is a gap where the first event found is not the next', () => {
  const found = [{ number: 7, event: 'seven' }];
  expect(toLoggedEvents('6', 6, found)).toEqual({ events: [{ cursor: '7', event: 'seven' }], isGap: false });
  expect(toLoggedEvents('5', 5, found).isGap).toBe(true);
  expect(toLoggedEvents(null, -1, found).isGap).toBe(false);
  expect(toLoggedEvents('5', 5, []).isGap).toBe(false);
});
