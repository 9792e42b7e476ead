import type { Clock } from '@townkrier/core';
import type { Timeseries } from '../api-types.ts';
import { DurationHistogram } from './histogram.ts';

/** What can be asked for: how far back, in how many intervals. */
export const RANGES = {
  '15m': { stepMs: 15_000, points: 60 },
  '1h': { stepMs: 60_000, points: 60 },
  '6h': { stepMs: 300_000, points: 72 },
  '24h': { stepMs: 900_000, points: 96 },
} as const;
export type Range = keyof typeof RANGES;

interface Bucket {
  startsAt: number;
  completed: number;
  failed: number;
  retried: number;
  readonly wait: DurationHistogram;
  readonly run: DurationHistogram;
}

/** Buckets of one width, overwritten in a circle. */
interface Resolution {
  readonly widthMs: number;
  readonly buckets: (Bucket | undefined)[];
}

/**
 * What the jobs came to over the last day, counted from events as they happen in this process: two circles of buckets, about 250 kB at most,
 * whatever the load. Nothing is stored; a restart begins at zero.
 */
export class JobMetrics {
  readonly #clock: Clock;
  readonly #since: number;
  readonly #fine: Resolution = { widthMs: 15_000, buckets: Array.from({ length: 241 }) };
  readonly #coarse: Resolution = { widthMs: 300_000, buckets: Array.from({ length: 289 }) };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  recordCompleted(durations: { readonly runMs: number; readonly waitMs: number }): void {
    this.#record((bucket) => {
      bucket.completed += 1;
      bucket.wait.add(durations.waitMs);
      bucket.run.add(durations.runMs);
    });
  }

  recordFailed(): void {
    this.#record((bucket) => {
      bucket.failed += 1;
    });
  }

  recordRetried(): void {
    this.#record((bucket) => {
      bucket.retried += 1;
    });
  }

  /** The points of a range, oldest first; the last interval is the one that is running. */
  series(range: Range): Timeseries {
    const { stepMs, points } = RANGES[range];
    const resolution = stepMs < this.#coarse.widthMs ? this.#fine : this.#coarse;
    const lastStart = Math.floor(this.#clock.now() / stepMs) * stepMs;
    const firstStart = lastStart - (points - 1) * stepMs;
    const starts = Array.from({ length: points }, (_, index) => firstStart + index * stepMs);
    return {
      range,
      stepMs,
      from: new Date(firstStart).toISOString(),
      to: new Date(lastStart + stepMs).toISOString(),
      since: new Date(this.#since).toISOString(),
      points: starts.map((startsAt) => toPoint(mergeBuckets(resolution, startsAt, stepMs))),
    };
  }

  #record(change: (bucket: Bucket) => void): void {
    const now = this.#clock.now();
    change(bucketAt(this.#fine, now));
    change(bucketAt(this.#coarse, now));
  }
}

/** The bucket of a moment, cleared first when its place still holds an older one. */
function bucketAt(resolution: Resolution, moment: number): Bucket {
  const step = Math.floor(moment / resolution.widthMs);
  const place = step % resolution.buckets.length;
  const startsAt = step * resolution.widthMs;
  const bucket = resolution.buckets[place] ?? emptyBucket(startsAt);
  if (bucket.startsAt !== startsAt) clearBucket(bucket, startsAt);
  resolution.buckets[place] = bucket;
  return bucket;
}

function mergeBuckets(resolution: Resolution, from: number, stepMs: number): Bucket {
  const merged = emptyBucket(from);
  for (let startsAt = from; startsAt < from + stepMs; startsAt += resolution.widthMs) {
    const place = (startsAt / resolution.widthMs) % resolution.buckets.length;
    const bucket = resolution.buckets[place];
    if (bucket === undefined || bucket.startsAt !== startsAt) continue;
    merged.completed += bucket.completed;
    merged.failed += bucket.failed;
    merged.retried += bucket.retried;
    merged.wait.addAll(bucket.wait);
    merged.run.addAll(bucket.run);
  }
  return merged;
}

function emptyBucket(startsAt: number): Bucket {
  return {
    startsAt,
    completed: 0,
    failed: 0,
    retried: 0,
    wait: new DurationHistogram(),
    run: new DurationHistogram(),
  };
}

function clearBucket(bucket: Bucket, startsAt: number): void {
  bucket.startsAt = startsAt;
  bucket.completed = 0;
  bucket.failed = 0;
  bucket.retried = 0;
  bucket.wait.clear();
  bucket.run.clear();
}

function toPoint(bucket: Bucket): Timeseries['points'][number] {
  return {
    at: new Date(bucket.startsAt).toISOString(),
    completed: bucket.completed,
    failed: bucket.failed,
    retried: bucket.retried,
    waitMs: bucket.wait.percentiles(),
    runMs: bucket.run.percentiles(),
  };
}
