import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, it } from 'vitest';
import { JobMetrics, RANGES, type Range } from './job-metrics.ts';

const START = Date.parse('2026-11-22T09:00:00Z');

function createMetrics() {
  const clock = new VirtualClock(START);
  return { clock, metrics: new JobMetrics(clock) };
}

function sum(metrics: JobMetrics, range: Range, what: 'completed' | 'failed' | 'retried'): number {
  return metrics.series(range).points.reduce((total, point) => total + point[what], 0);
}

describe('JobMetrics', () => {
  it('counts what happened in the interval it happened in', async () => {
    const { clock, metrics } = createMetrics();
    metrics.recordCompleted({ runMs: 5, waitMs: 1 });
    await clock.advance(60_000);
    metrics.recordFailed();
    metrics.recordRetried();
    const [before, last] = metrics.series('1h').points.slice(-2);
    expect(before).toMatchObject({ at: '2026-11-22T09:00:00.000Z', completed: 1, failed: 0, retried: 0 });
    expect(last).toMatchObject({ at: '2026-11-22T09:01:00.000Z', completed: 0, failed: 1, retried: 1 });
  });

  it.each(Object.keys(RANGES) as Range[])(
    'gives %s without gaps, ending with the interval that runs',
    (range) => {
      const { clock, metrics } = createMetrics();
      const series = metrics.series(range);
      const { points, stepMs } = RANGES[range];
      expect(series.points).toHaveLength(points);
      expect(Date.parse(series.to) - Date.parse(series.from)).toBe(points * stepMs);
      expect(Date.parse(series.points.at(-1)?.at ?? '')).toBeLessThanOrEqual(clock.now());
      expect(Date.parse(series.to)).toBeGreaterThan(clock.now());
    },
  );

  it('sees the same events in every range that reaches back to them', async () => {
    const { clock, metrics } = createMetrics();
    for (let index = 0; index < 10; index += 1) {
      metrics.recordCompleted({ runMs: 1, waitMs: 1 });
      await clock.advance(60_000);
    }
    for (const range of Object.keys(RANGES) as Range[])
      expect(sum(metrics, range, 'completed'), range).toBe(10);
  });

  it('forgets what is older than the range, and clears the place it took', async () => {
    const { clock, metrics } = createMetrics();
    metrics.recordFailed();
    await clock.advance(60 * 60_000);
    expect(sum(metrics, '1h', 'failed')).toBe(0);
    expect(sum(metrics, '6h', 'failed')).toBe(1);
    await clock.advance(24 * 60 * 60_000);
    metrics.recordFailed();
    expect(sum(metrics, '15m', 'failed')).toBe(1);
    expect(sum(metrics, '24h', 'failed')).toBe(1);
  });

  it('estimates percentiles within a fifth, and gives none without data', () => {
    const { metrics } = createMetrics();
    expect(metrics.series('15m').points.at(-1)?.runMs).toBeNull();
    for (let ms = 1; ms <= 1000; ms += 1) metrics.recordCompleted({ runMs: ms, waitMs: 0 });
    const point = metrics.series('15m').points.at(-1);
    expect(point?.waitMs).toEqual({ p50: 0, p95: 0 });
    expect(Math.abs((point?.runMs?.p50 ?? 0) - 500)).toBeLessThanOrEqual(100);
    expect(Math.abs((point?.runMs?.p95 ?? 0) - 950)).toBeLessThanOrEqual(190);
  });

  it('takes durations beyond all bounds', () => {
    const { metrics } = createMetrics();
    metrics.recordCompleted({ runMs: Number.MAX_SAFE_INTEGER, waitMs: -5 });
    const point = metrics.series('15m').points.at(-1);
    expect(point?.runMs?.p50).toBeGreaterThan(86_400_000);
    expect(point?.waitMs?.p50).toBe(0);
  });

  it('says since when it counts', () => {
    expect(createMetrics().metrics.series('24h').since).toBe('2026-11-22T09:00:00.000Z');
  });
});
