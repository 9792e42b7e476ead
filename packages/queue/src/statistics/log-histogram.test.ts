import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LogHistogram } from './log-histogram.ts';

const PERCENTS = [1, 50, 95, 99, 100];

/** From below a millisecond to three years, small ones as likely as large ones. */
const duration = fc
  .double({ min: -1, max: 11, noNaN: true })
  .map((power) => (power < 0 ? 0 : Math.floor(10 ** power)));
const durations = fc.array(duration, { minLength: 1, maxLength: 200 });

function histogramOf(values: readonly number[]): LogHistogram {
  const histogram = new LogHistogram();
  for (const value of values) histogram.add(value);
  return histogram;
}

/** By the nearest rank. */
function exactPercentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN;
}

it('a percentile is at most 5 % off the exact one', () => {
  fc.assert(
    fc.property(durations, fc.constantFrom(...PERCENTS), (values, percent) => {
      const exact = exactPercentile(values, percent);
      const told = histogramOf(values).percentile(percent) ?? Number.NaN;
      expect(Math.abs(told - exact)).toBeLessThanOrEqual(exact * 0.05);
    }),
  );
});

it('two histograms put together say what one of all values says, also when they were stored in between', () => {
  fc.assert(
    fc.property(durations, durations, (some, others) => {
      const together = new LogHistogram(histogramOf(some).buckets);
      together.addAll(new LogHistogram(histogramOf(others).buckets));
      const all = histogramOf([...some, ...others]);
      expect(together.buckets).toEqual(all.buckets);
      for (const percent of PERCENTS) expect(together.percentile(percent)).toBe(all.percentile(percent));
    }),
  );
});

it('without values there is no percentile', () => {
  expect(new LogHistogram().percentile(50)).toBeNull();
});

it('needs a few hundred counts at most, whatever it is told', () => {
  const histogram = new LogHistogram();
  for (let power = 0; power < 60; power += 0.01) histogram.add(2 ** power);
  for (const odd of [Number.POSITIVE_INFINITY, -5, 0.5, Number.NaN]) histogram.add(odd);
  expect(histogram.buckets.length).toBeLessThan(400);
  expect(histogram.percentile(100)).toBeGreaterThan(8.5e15);
});
