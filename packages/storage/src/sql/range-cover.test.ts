import fc from 'fast-check';
import { expect, it } from 'vitest';
import { coverRange, type MomentRange } from './range-cover.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Around both ends of days and hours, also before 1970. */
const moment = fc
  .tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 0, max: 23 }), fc.integer({ min: -2, max: 2 }))
  .map(([day, hour, ms]) => new Date(day * DAY + hour * HOUR + ms));

function isIn({ from, to }: MomentRange, at: number): boolean {
  return at >= from && at < to;
}

it('every moment of a range is in exactly one piece, and no other moment in any', () => {
  fc.assert(
    fc.property(fc.option(moment), fc.option(moment), moment, (startDate, endDate, probe) => {
      const { counted, edges } = coverRange({ ...(startDate && { startDate }), ...(endDate && { endDate }) });
      const at = probe.getTime();
      const isWanted =
        at >= (startDate?.getTime() ?? Number.NEGATIVE_INFINITY) &&
        at <= (endDate?.getTime() ?? Number.POSITIVE_INFINITY);
      expect([...counted, ...edges].filter((piece) => isIn(piece, at))).toHaveLength(isWanted ? 1 : 0);
    }),
    { numRuns: 2000 },
  );
});

it('what is counted consists of whole days and hours, and what is left is shorter than two hours', () => {
  fc.assert(
    fc.property(moment, moment, (startDate, endDate) => {
      const { counted, edges } = coverRange({ startDate, endDate });
      for (const { from, to, scope } of counted) {
        const span = scope === 'day' ? DAY : HOUR;
        expect([Math.abs(from % span), Math.abs(to % span)]).toEqual([0, 0]);
      }
      for (const { from, to } of edges) expect(to - from).toBeLessThan(2 * HOUR);
    }),
  );
});

it('a month is covered by its days, a few hours and two edges', () => {
  const { counted, edges } = coverRange({
    startDate: new Date('2026-01-01T05:30:00Z'),
    endDate: new Date('2026-01-31T10:15:00Z'),
  });
  expect(counted.map(({ scope, from, to }) => [scope, (to - from) / (scope === 'day' ? DAY : HOUR)])).toEqual(
    [
      ['day', 29],
      ['hour', 18],
      ['hour', 10],
    ],
  );
  expect(edges.map(({ from, to }) => to - from)).toEqual([HOUR / 2, HOUR / 4 + 1]);
});

it('a range without an end leaves no edge there', () => {
  expect(coverRange({}).edges).toEqual([]);
  expect(coverRange({ startDate: new Date(1) }).edges).toEqual([{ from: 1, to: HOUR }]);
  expect(coverRange({ endDate: new Date(DAY - 1) }).edges).toEqual([]);
});

it('a range that ends before it starts is empty', () => {
  expect(coverRange({ startDate: new Date(5), endDate: new Date(3) })).toEqual({ counted: [], edges: [] });
});
