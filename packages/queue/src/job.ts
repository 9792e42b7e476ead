import type { ChannelName, JsonValue } from '@townkrier/core';
import type { StoredBackoff } from './backoff.ts';

/** Where a job stands. `pending`, `scheduled` and `retrying` wait; `processing` runs; the others are final unless someone retries by hand. */
export const JobStatus = {
  PENDING: 'pending',
  SCHEDULED: 'scheduled',
  PROCESSING: 'processing',
  RETRYING: 'retrying',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
} as const;
export type JobStatus = (typeof JobStatus)[keyof typeof JobStatus];

/** Higher first. Any whole number from -1000 to 1000 is allowed; these are the usual ones. */
export const JobPriority = { LOW: 1, NORMAL: 5, HIGH: 10, CRITICAL: 20 } as const;
export type JobPriority = (typeof JobPriority)[keyof typeof JobPriority];

/**
 * Every legal change of status. A store refuses all others.
 *
 * `processing → pending` is a job given back unfinished: its worker died or stopped. It costs no retry.
 */
export const JOB_TRANSITIONS: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  pending: ['processing', 'cancelled'],
  scheduled: ['pending', 'processing', 'cancelled'],
  processing: ['completed', 'failed', 'retrying', 'pending', 'cancelled'],
  retrying: ['pending', 'processing', 'cancelled'],
  completed: [],
  failed: ['pending'],
  cancelled: ['pending'],
};

/** Whether a job in this status will never change by itself. */
export function isFinished(status: JobStatus): boolean {
  return status === JobStatus.COMPLETED || status === JobStatus.FAILED || status === JobStatus.CANCELLED;
}

/** Why an attempt or a job failed, as data. */
export interface JobError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  /** The messages of its causes, outermost first; at most 5. */
  readonly causes?: readonly string[];
}

/** One try of a job. */
export interface JobAttempt {
  /** 1 on the first try. */
  readonly attempt: number;
  readonly workerId: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  /** `late`: the worker had lost its lease, and what it reported was refused. `interrupted`: it died or stopped. */
  readonly outcome:
    | 'running'
    | 'completed'
    | 'failed'
    | 'retried'
    | 'postponed'
    | 'interrupted'
    | 'cancelled'
    | 'late';
  readonly error: JobError | null;
  /** Milliseconds until the next try, when one was planned. */
  readonly retryDelayMs: number | null;
}

/** A line a handler wrote with `log`. A job keeps its newest 100. */
export interface JobLogLine {
  readonly at: Date;
  readonly attempt: number;
  readonly message: string;
}

/** Where one delivery of a notification job stands. A retry touches only those that are `pending`, and `failed` or `unknown` ones that may be tried again. */
export interface JobDelivery {
  readonly idempotencyKey: string;
  readonly channel: ChannelName;
  /** `sending` is stored before the provider is called: a crash leaves it so, and the next attempt treats it as `unknown`. */
  readonly status: 'pending' | 'sending' | 'sent' | 'skipped' | 'failed' | 'unknown' | 'cancelled';
  /** Whether a later attempt may try it again. Always false once sent or skipped. */
  readonly isRetryable: boolean;
  readonly attempts: number;
  readonly provider: string | null;
  readonly messageId: string | null;
  /** Why it was skipped, failed or is unknown. */
  readonly reason: string | null;
  readonly updatedAt: Date;
}

/** How far a running job has come. */
export interface JobProgress {
  /** 0 to 100. */
  readonly percent: number;
  readonly step: string | null;
}

/** A stored unit of work. A snapshot: changing it changes nothing. */
export interface QueueJob {
  readonly id: string;
  readonly queue: string;
  /** Which handler runs it; `townkrier.notification` for notifications. */
  readonly type: string;
  /** For people: the notification's type, or the job's. */
  readonly name: string;
  readonly status: JobStatus;
  /** Higher first. */
  readonly priority: number;
  /** Tries started that count against `maxRetries`. Interruptions and postponements do not. */
  readonly attempts: number;
  /** Retries after the first try; `0` tries once. */
  readonly maxRetries: number;
  /** Times its worker died while running it; at the adapter's `maxCrashes` it fails with that reason. */
  readonly crashes: number;
  /** Times it was started again by hand after it had ended. */
  readonly replays: number;
  readonly payload: JsonValue;
  readonly result: JsonValue | null;
  readonly error: JobError | null;
  readonly progress: JobProgress | null;
  readonly deliveries: readonly JobDelivery[];
  /** One entry a try, oldest first; the newest 50 are kept. */
  readonly attemptLog: readonly JobAttempt[];
  readonly logs: readonly JobLogLine[];
  readonly metadata: Readonly<Record<string, JsonValue>>;
  readonly tags: readonly string[];
  readonly groupKey: string | null;
  readonly owner: string | null;
  readonly idempotencyKey: string | null;
  /** Milliseconds it is kept at least after it ended, and with it its `idempotencyKey`. `null`: only as long as the history is. */
  readonly keyRetention: number | null;
  /**
   * Milliseconds it is kept at most after it completed or was cancelled, but never less than `keyRetention`. `null`: as long as the history is. One that failed stays as
   * long as the history is.
   */
  readonly removeAfter: number | null;
  /** Milliseconds an attempt may take. */
  readonly timeout: number;
  readonly backoff: StoredBackoff;
  /** From then on it is never started: a worker that comes to it cancels it, with the error `QUEUE_JOB_EXPIRED`. */
  readonly expiresAt: Date | null;
  /** When it was asked to start at the earliest, if that was asked. */
  readonly scheduledFor: Date | null;
  /** When it may next start; `null` while it runs and when it has ended. */
  readonly nextRunAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Start of the latest try. */
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly failedAt: Date | null;
  readonly cancelledAt: Date | null;
}
