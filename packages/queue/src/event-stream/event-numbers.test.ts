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

it('what comes after a number begins within a batch, and ends where it is enough', () => {
  const batches = [
    { last: 12, events: ['ten', 'eleven', 'twelve'] },
    { last: 13, events: ['thirteen'] },
  ];
  const read = (number: number, limit: number) =>
    toLoggedEvents(String(number), number, { batches, limit }).events.map(({ cursor, event }) => [
      cursor,
      event,
    ]);
  expect(read(9, 2)).toEqual([
    ['10', 'ten'],
    ['11', 'eleven'],
  ]);
  expect(read(11, 9)).toEqual([
    ['12', 'twelve'],
    ['13', 'thirteen'],
  ]);
  expect(read(-1, 9)).toHaveLength(4);
  expect(read(12, 9)).toEqual([['13', 'thirteen']]);
});

it('there is a gap where the first event found is not the next', () => {
  const found = { batches: [{ last: 8, events: ['seven', 'eight'] }], limit: 10 };
  expect(toLoggedEvents('7', 7, found).isGap).toBe(false);
  expect(toLoggedEvents('6', 6, found).isGap).toBe(false);
  expect(toLoggedEvents('5', 5, found).isGap).toBe(true);
  expect(toLoggedEvents(null, -1, found).isGap).toBe(false);
  expect(toLoggedEvents('5', 5, { batches: [], limit: 10 }).isGap).toBe(false);
});
