import type { JsonValue } from '@townkrier/core';
import type { JobProgress, JobStatus, QueueJob } from '../job.ts';
import type { QueuePosition } from '../statistics/queue-statistics.ts';

/** What its owner may see of a job: no payload, no stack, no workers. */
export interface OwnJob {
  readonly jobId: string;
  readonly queue: string;
  readonly type: string;
  readonly name: string;
  readonly status: JobStatus;
  readonly progress: JobProgress | null;
  /** Tries started. */
  readonly attempts: number;
  /** What its handler returned. */
  readonly result: JsonValue | null;
  /** What its handler threw last, without the stack: let handlers throw what owners may read. */
  readonly error: { readonly code: string | null; readonly message: string } | null;
  readonly createdAt: Date;
  /** When it may next start; `null` while it runs and when it has ended. */
  readonly nextRunAt: Date | null;
  /** Start of the latest try. */
  readonly startedAt: Date | null;
  /** When it completed, failed for good or was cancelled. */
  readonly endedAt: Date | null;
}

/** An {@link OwnJob} and where it stands. */
export interface OwnJobStatus extends OwnJob {
  /** `null` when it does not wait, or its time has not come. */
  readonly position: QueuePosition | null;
}

export function toOwnJob(job: QueueJob): OwnJob {
  const { id, queue, type, name, status, progress, attempts, result, error } = job;
  return {
    jobId: id,
    queue,
    type,
    name,
    status,
    progress,
    attempts,
    result,
    error: error && { code: error.code ?? null, message: error.message },
    createdAt: job.createdAt,
    nextRunAt: job.nextRunAt,
    startedAt: job.startedAt,
    endedAt: job.completedAt ?? job.failedAt ?? job.cancelledAt,
  };
}
