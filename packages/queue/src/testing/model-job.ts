import type { JobStatus } from '../job.ts';

/** A job as the model knows it. Moments are milliseconds since the epoch. */
export interface ModelJob {
  readonly id: string;
  readonly key: string | null;
  readonly priority: number;
  readonly maxRetries: number;
  /** The order of adding, until it was claimed or retried once; jobs that came due at the same moment run in it. */
  order: number | null;
  status: JobStatus;
  attempts: number;
  crashes: number;
  replays: number;
  /** When it may start: between these two. They differ only when a crash was found out at a moment nobody can foretell. */
  dueFrom: number;
  dueTo: number;
  /** When its worker stalled, if it did and nobody has taken the job back yet. */
  stalledAt: number | null;
}

/** The limits of the queue that is modelled. */
export interface QueueModelLimits {
  readonly concurrency: number;
  readonly maxCrashes: number;
  readonly leaseHeldMs: number;
  readonly toleranceMs: number;
}

/** The wait before each retry: a second, doubling. */
export const MODEL_RETRY_DELAY = 1000;

/** Whether `a` must run before `b`, both being due. */
export function runsBefore(a: ModelJob, b: ModelJob): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  if (a.dueTo !== b.dueFrom) return a.dueTo < b.dueFrom;
  return (
    a.dueFrom === a.dueTo &&
    b.dueFrom === b.dueTo &&
    a.order !== null &&
    b.order !== null &&
    a.order < b.order
  );
}
