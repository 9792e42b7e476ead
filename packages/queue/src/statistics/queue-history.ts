import { floorTo } from './grain.ts';
import type { LogHistogram } from './log-histogram.ts';
import type { StatisticsRange } from './statistics-range.ts';
import { sumOf, type Tally } from './tally.ts';
import type { TalliedSlot } from './tally-shelf.ts';

/** What half, all but a twentieth, and all but a hundredth took at most, in milliseconds; each at most 5 % off. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What became of jobs in a span of time. */
export interface QueueMeasures {
  readonly completed: number;
  /** Failed for good. */
  readonly failed: number;
  /** Tries that failed or were postponed, with another one planned. */
  readonly retried: number;
  /** Jobs that completed or failed, a minute. Of a span that is not over, what has passed of it counts. */
  readonly perMinute: number;
  /** How many of those that ended failed, from 0 to 1; `null` when none ended. */
  readonly failureRate: number | null;
  /** How long their last tries took. `null` when none ended. */
  readonly runMs: Percentiles | null;
  /** How long their last tries waited, from when they could have started. `null` when none ended. */
  readonly waitMs: Percentiles | null;
}

/** One step of a {@link QueueHistory}. */
export interface MeasuredStep extends QueueMeasures {
  /** When it begins. */
  readonly at: Date;
}

/** What became of jobs over time, as of a few seconds ago. */
export interface QueueHistory {
  /** `backend`: in all processes that count (`statistics: true`). `process`: only in this one, and only since it started, as processes of this backend share nothing. */
  readonly scope: 'backend' | 'process';
  /** Where the first step begins: at or before what was asked for, or where what is kept begins. */
  readonly from: Date;
  readonly to: Date;
  /** Milliseconds. */
  readonly step: number;
  /** All steps together. */
  readonly total: QueueMeasures;
  /** One for each step, oldest first, also where nothing happened. */
  readonly steps: readonly MeasuredStep[];
}

/** The history that slots make. */
export function toHistory(
  { from, to, step }: StatisticsRange,
  slots: readonly TalliedSlot[],
  now: number,
): Omit<QueueHistory, 'scope'> {
  const byStep = Map.groupBy(slots, ({ at }) => floorTo(at, step));
  const measure = (begin: number, end: number, within: readonly TalliedSlot[]): QueueMeasures =>
    toMeasures(sumOf(within.map(({ tally }) => tally)), Math.min(end, now) - begin);
  const steps: MeasuredStep[] = [];
  for (let at = from; at < to; at += step) {
    steps.push({ at: new Date(at), ...measure(at, Math.min(at + step, to), byStep.get(at) ?? []) });
  }
  return { from: new Date(from), to: new Date(to), step, total: measure(from, to, slots), steps };
}

function toMeasures(tally: Tally, ms: number): QueueMeasures {
  const { completed, failed, retried, ended, run, wait } = tally;
  return {
    completed,
    failed,
    retried,
    perMinute: ms > 0 ? (ended * 60_000) / ms : 0,
    failureRate: ended === 0 ? null : failed / ended,
    runMs: percentilesOf(run),
    waitMs: percentilesOf(wait),
  };
}

function percentilesOf(histogram: LogHistogram): Percentiles | null {
  const [p50, p95, p99] = [50, 95, 99].map((percent) => histogram.percentile(percent));
  if (p50 == null || p95 == null || p99 == null) return null;
  return { p50, p95, p99 };
}
