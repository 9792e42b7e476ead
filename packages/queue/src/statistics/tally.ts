import type { JsonValue } from '@townkrier/core';
import { z } from 'zod';
import { LogHistogram } from './log-histogram.ts';

const countSchema = z.int().min(0);
const histogramSchema = z
  .array(z.tuple([z.int(), countSchema]))
  .transform((buckets) => new LogHistogram(buckets));

const tallySchema = z.object({
  completed: countSchema,
  failed: countSchema,
  retried: countSchema,
  run: histogramSchema,
  wait: histogramSchema,
});

/** What became of the jobs of a span of time. */
export class Tally {
  completed = 0;
  failed = 0;
  /** Tries after which another was planned. */
  retried = 0;
  /** How long the last tries of jobs that ended took. */
  readonly run: LogHistogram;
  /** How long they waited before. */
  readonly wait: LogHistogram;

  constructor(run = new LogHistogram(), wait = new LogHistogram()) {
    this.run = run;
    this.wait = wait;
  }

  /** Jobs that completed or failed for good. */
  get ended(): number {
    return this.completed + this.failed;
  }

  add(other: Tally): void {
    this.completed += other.completed;
    this.failed += other.failed;
    this.retried += other.retried;
    this.run.addAll(other.run);
    this.wait.addAll(other.wait);
  }
}

/** The sum of some. */
export function sumOf(tallies: Iterable<Tally>): Tally {
  const sum = new Tally();
  for (const tally of tallies) sum.add(tally);
  return sum;
}

/** As processes share it. */
export function toSharedTally({ completed, failed, retried, run, wait }: Tally): JsonValue {
  return { completed, failed, retried, run: toJson(run), wait: toJson(wait) };
}

/** @throws when something else was written there. */
export function fromSharedTally(value: JsonValue): Tally {
  const { completed, failed, retried, run, wait } = tallySchema.parse(value);
  return Object.assign(new Tally(run, wait), { completed, failed, retried });
}

function toJson(histogram: LogHistogram): JsonValue {
  return histogram.buckets.map(([index, count]) => [index, count]);
}
