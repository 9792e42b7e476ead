import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from './grain.ts';
import { resolveRange, type StatisticsOptions } from './statistics-range.ts';

const NOW = Date.UTC(2026, 0, 10, 12, 30, 20);
const DAY = 24 * HOUR.ms;

function rangeOf(options: StatisticsOptions): (string | number)[] {
  const { grain, from, to, step } = resolveRange(options, NOW);
  return [grain.name, new Date(from).toISOString(), new Date(to).toISOString(), step];
}

describe('a range', () => {
  it('is the last hour by the minute, this minute included, unless asked otherwise', () => {
    expect(rangeOf({})).toEqual([
      'minute',
      '2026-01-10T11:30:00.000Z',
      '2026-01-10T12:31:00.000Z',
      MINUTE.ms,
    ]);
  });

  it('ends where it is asked to, and not in the future', () => {
    const from = new Date(NOW - 2 * HOUR.ms);
    expect(rangeOf({ from, to: new Date(Date.UTC(2026, 0, 10, 11)) })[2]).toBe('2026-01-10T11:00:00.000Z');
    expect(rangeOf({ from, to: new Date(NOW + DAY) })[2]).toBe('2026-01-10T12:31:00.000Z');
  });

  it('is by the hour when it begins more than a day ago, and begins where hours are kept', () => {
    expect(rangeOf({ from: new Date(NOW - DAY - MINUTE.ms) })).toEqual([
      'hour',
      '2026-01-09T12:00:00.000Z',
      '2026-01-10T13:00:00.000Z',
      HOUR.ms,
    ]);
    expect(rangeOf({ from: new Date(0) })[1]).toBe('2025-12-11T12:00:00.000Z');
  });

  it.each<[string, object]>([
    ['begins after it ends', { from: new Date(NOW), to: new Date(NOW - 1) }],
    ['begins in the future', { from: new Date(NOW + 60_000) }],
    ['has a step of half a minute', { step: 30_000 }],
    ['has a step of minutes where hours are kept', { from: new Date(NOW - 2 * DAY), step: 60_000 }],
    ['has a step of nothing', { step: 0 }],
    ['is no moment', { from: new Date(Number.NaN) }],
    ['asks for more', { until: new Date(NOW) }],
  ])('that %s is refused', (_, options) => {
    expect(() => rangeOf(options)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it('is some hundred steps at most, each begins at a multiple of the step, and together they hold what was asked for', () => {
    const spans = fc.record({
      ago: fc.integer({ min: 0, max: 40 * DAY }),
      steps: fc.integer({ min: 1, max: 500 }),
    });
    fc.assert(
      fc.property(spans, ({ ago, steps }) => {
        const { from, to, step, grain } = resolveRange(
          { from: new Date(NOW - ago), step: steps * HOUR.ms },
          NOW,
        );
        expect([from % step, to % grain.ms]).toEqual([0, 0]);
        expect(from).toBeLessThanOrEqual(Math.max(NOW - ago, NOW - HOUR.keepMs));
        expect(to).toBeGreaterThan(NOW);
        expect((to - from) / step).toBeLessThan(1500);
      }),
    );
  });
});
