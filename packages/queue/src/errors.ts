import { TownKrierError } from '@townkrier/core';

const NON_RETRYABLE = Symbol.for('townkrier.error.non-retryable');
const RETRY_LATER = Symbol.for('townkrier.error.retry-later');

/** The codes that `@townkrier/queue` throws. `docs/reference/errors.md` says what each means and what to do. */
export const QueueErrorCode = {
  /** As many unfinished jobs are kept as `maxJobs` allows. */
  QUEUE_FULL: 'QUEUE_FULL',
  /** `close()` was called before. */
  QUEUE_CLOSED: 'QUEUE_CLOSED',
  /** No job with that id is kept. */
  QUEUE_JOB_NOT_FOUND: 'QUEUE_JOB_NOT_FOUND',
  /** The job's status does not allow that. */
  QUEUE_JOB_STATE: 'QUEUE_JOB_STATE',
  /** A number, name or moment of a new job or a filter is out of range. */
  QUEUE_JOB_INVALID: 'QUEUE_JOB_INVALID',
  /** No handler runs jobs of this type. */
  QUEUE_JOB_TYPE_UNKNOWN: 'QUEUE_JOB_TYPE_UNKNOWN',
  /** An attempt took longer than the job's `timeout`. */
  QUEUE_JOB_TIMEOUT: 'QUEUE_JOB_TIMEOUT',
  /** An attempt was told to stop because its job was cancelled. */
  QUEUE_JOB_CANCELLED: 'QUEUE_JOB_CANCELLED',
  /** A worker came to a job only after its `expiresAt`. */
  QUEUE_JOB_EXPIRED: 'QUEUE_JOB_EXPIRED',
  /** A job waits for the limit of its key. */
  QUEUE_RATE_LIMITED: 'QUEUE_RATE_LIMITED',
  /** A job was started again by hand as often as it may be. */
  QUEUE_REPLAY_LIMIT: 'QUEUE_REPLAY_LIMIT',
  /** The job's worker died too often while running it. */
  QUEUE_JOB_POISON: 'QUEUE_JOB_POISON',
  /** A handler threw a `NonRetryableError` that names no code of its own. */
  QUEUE_JOB_NOT_RETRYABLE: 'QUEUE_JOB_NOT_RETRYABLE',
  /** A handler threw a `RetryLaterError`. */
  QUEUE_JOB_POSTPONED: 'QUEUE_JOB_POSTPONED',
  /** A payload, metadata or result is not plain data. */
  QUEUE_PAYLOAD_INVALID: 'QUEUE_PAYLOAD_INVALID',
  /** A payload is larger than `maxPayloadBytes`. */
  QUEUE_PAYLOAD_TOO_LARGE: 'QUEUE_PAYLOAD_TOO_LARGE',
  /** The payload of a notification, or of a job of a kind nobody defined, was to be edited. */
  QUEUE_PAYLOAD_NOT_EDITABLE: 'QUEUE_PAYLOAD_NOT_EDITABLE',
  /** The token of a confirmation is unknown, was used before, or is too old. */
  QUEUE_CONFIRMATION_INVALID: 'QUEUE_CONFIRMATION_INVALID',
  /** The adapter cannot do this; its `capabilities` say so. */
  QUEUE_UNSUPPORTED: 'QUEUE_UNSUPPORTED',
  /** The audit sink did not keep that something was asked for, so it was not done. */
  QUEUE_AUDIT_FAILED: 'QUEUE_AUDIT_FAILED',
  /** The backend does not answer, or not in time. */
  QUEUE_UNAVAILABLE: 'QUEUE_UNAVAILABLE',
  /** What was given as `transaction` is not the handle of an open transaction that the adapter can use. */
  QUEUE_TRANSACTION_INVALID: 'QUEUE_TRANSACTION_INVALID',
  /** A worker reported about a job it no longer holds. */
  QUEUE_LEASE_LOST: 'QUEUE_LEASE_LOST',
  /** An attempt was told to stop because its worker stops. */
  QUEUE_WORKER_STOPPED: 'QUEUE_WORKER_STOPPED',
  /** Notifications were asked for, but the manager was given no `NotificationManager`. */
  QUEUE_NO_NOTIFICATION_MANAGER: 'QUEUE_NO_NOTIFICATION_MANAGER',
  /** No schedule of that name is kept. */
  QUEUE_SCHEDULE_NOT_FOUND: 'QUEUE_SCHEDULE_NOT_FOUND',
  /** A schedule's cron expression or time zone cannot be read, or it never fires. */
  QUEUE_SCHEDULE_INVALID: 'QUEUE_SCHEDULE_INVALID',
  /** Deliveries of a notification job were not sent. */
  QUEUE_DELIVERY_FAILED: 'QUEUE_DELIVERY_FAILED',
} as const;
export type QueueErrorCode = (typeof QueueErrorCode)[keyof typeof QueueErrorCode];

/** What the queue throws. Compare `code`. */
export class QueueError extends TownKrierError {
  constructor(code: QueueErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? { code } : { code, cause });
  }
}

/**
 * Throw it from a handler to fail the job at once, with retries left or not.
 *
 * @example
 * throw new NonRetryableError(`invoice ${id} was deleted`);
 */
export class NonRetryableError extends TownKrierError {
  readonly [NON_RETRYABLE] = true;

  constructor(message: string, options: { readonly code?: string; readonly cause?: unknown } = {}) {
    super(message, { code: options.code ?? QueueErrorCode.QUEUE_JOB_NOT_RETRYABLE, cause: options.cause });
  }

  /** Whether a caught value is one or derived from one, also from another copy of this package. */
  static override is(error: unknown): error is NonRetryableError {
    return TownKrierError.is(error) && NON_RETRYABLE in error;
  }
}

/**
 * Throw it from a handler to try again in `delayMs` milliseconds without using up a retry: the moment is wrong, not the job.
 *
 * @throws {QueueError} `QUEUE_JOB_INVALID` when the delay is not a number of 0 or more.
 */
export class RetryLaterError extends TownKrierError {
  readonly [RETRY_LATER] = true;
  readonly delayMs: number;

  constructor(delayMs: number, message = `postponed for ${delayMs} ms`, cause?: unknown) {
    if (!(delayMs >= 0) || !Number.isFinite(delayMs)) {
      throw new QueueError(
        QueueErrorCode.QUEUE_JOB_INVALID,
        `RetryLaterError: delayMs must be a number of milliseconds, 0 or more, got ${String(delayMs)}.`,
      );
    }
    super(message, { code: QueueErrorCode.QUEUE_JOB_POSTPONED, cause });
    this.delayMs = delayMs;
  }

  /** Whether a caught value is one or derived from one, also from another copy of this package. */
  static override is(error: unknown): error is RetryLaterError {
    return TownKrierError.is(error) && RETRY_LATER in error;
  }
}

/** The error for an id nobody knows. */
export function jobNotFound(id: string): QueueError {
  return new QueueError(
    QueueErrorCode.QUEUE_JOB_NOT_FOUND,
    `No job ${JSON.stringify(id)} is kept. It was deleted, or it ended and its time in the history is over.`,
  );
}

/** The error for a command a job's status does not allow. */
export function wrongJobState(
  action: string,
  job: { readonly id: string; readonly status: string },
  hint: string,
): QueueError {
  return new QueueError(
    QueueErrorCode.QUEUE_JOB_STATE,
    `Job ${job.id} is ${job.status} and cannot be ${action}. ${hint}`,
  );
}
