import type { JobEvent } from '@townkrier/queue';
import { Counter, Histogram } from 'prom-client';
import type { BoundedNames } from './bounded-names.ts';
import type { Measurement } from './measurement.ts';
import type { MeasuredQueue, ResolvedMetricsOptions } from './metrics-options.ts';

/** What can come of an attempt, or of a job without one, and the event that tells it. */
const OUTCOMES = {
  completed: 'job:completed',
  failed: 'job:failed',
  retrying: 'job:retrying',
  cancelled: 'job:cancelled',
  released: 'job:released',
  late: 'job:late',
} as const;

const ADDED = 'townkrier_jobs_added_total';
const ENDED = 'townkrier_job_outcomes_total';
const WAIT = 'townkrier_job_wait_seconds';
const RUN = 'townkrier_job_run_seconds';

/** Counts what this process does with jobs: sum it over all processes. */
export function countJobs(
  queue: MeasuredQueue,
  names: BoundedNames,
  { registry, buckets }: ResolvedMetricsOptions,
): Measurement {
  const common = { labelNames: ['queue'], registers: [registry] };
  const added = new Counter({ ...common, name: ADDED, help: 'Jobs stored.' });
  const ended = new Counter({
    name: ENDED,
    help: 'What came of attempts, and of jobs that were cancelled without one.',
    labelNames: ['queue', 'outcome'],
    registers: [registry],
  });
  const times = { ...common, buckets: [...buckets] };
  const wait = new Histogram({
    ...times,
    name: WAIT,
    help: 'From when a completed job could start to when it did.',
  });
  const run = new Histogram({
    ...times,
    name: RUN,
    help: 'How long the attempt took that completed a job.',
  });
  const labelOf = (event: JobEvent): string => names.labelOf(event.queue);
  const stops = [
    queue.on('job:enqueued', (event) => added.inc({ queue: labelOf(event) })),
    queue.on('job:completed', (event) => {
      wait.observe({ queue: labelOf(event) }, event.waitMs / 1000);
      run.observe({ queue: labelOf(event) }, event.runMs / 1000);
    }),
    ...Object.entries(OUTCOMES).map(([outcome, name]) =>
      queue.on(name, (event) => ended.inc({ queue: labelOf(event), outcome })),
    ),
  ];
  return { metrics: [ADDED, ENDED, WAIT, RUN], stops };
}
