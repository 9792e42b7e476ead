import type { JsonValue } from '@townkrier/core';
import { backoffDelay, exponentialBackoff, MAX_RETRY_DELAY } from './backoff.ts';
import { NonRetryableError, QueueError, QueueErrorCode, RetryLaterError } from './errors.ts';
import { toFrozenJson } from './frozen-json.ts';
import type { QueueJob } from './job.ts';
import { toJobError } from './job-error.ts';
import type { Settlement } from './job-store.ts';
import type { RunningJob } from './running-job.ts';
import type { Runtime } from './runtime.ts';

/** Waits when a custom backoff function is missing or broken. */
const FALLBACK_BACKOFF = exponentialBackoff(1_000);

/** How an attempt that returned ends. */
export function settleReturned({ fence }: RunningJob, value: unknown): Settlement {
  return {
    jobId: fence.jobId,
    claim: fence.claim,
    workerId: fence.workerId,
    attempt: { outcome: 'completed', error: null, retryDelayMs: null },
    to: 'completed',
    result: toResult(value),
  };
}

/** How an attempt that failed ends: for good, in a retry, or postponed. */
export function settleThrown(runtime: Runtime, running: RunningJob, thrown: unknown): Settlement {
  const { job, fence } = running;
  const error = toJobError(thrown);
  if (RetryLaterError.is(thrown)) {
    return settlePostponed(runtime, running, { delayMs: thrown.delayMs, thrown });
  }
  if (NonRetryableError.is(thrown) || job.attempts > job.maxRetries) {
    return { ...fence, attempt: { outcome: 'failed', error, retryDelayMs: null }, to: 'failed', error };
  }
  const delayMs = retryDelay(runtime, job, thrown);
  if (isExpired(job, runtime.clock.now() + delayMs)) return settleTooLate(running, thrown);
  const attempt = { outcome: 'retried', error, retryDelayMs: delayMs } as const;
  return { ...fence, attempt, to: 'retrying', delayMs, error, countsAttempt: true };
}

/** How the claim of a job ends whose key has no start left for so many milliseconds. */
export function settleLimited(runtime: Runtime, running: RunningJob, delayMs: number): Settlement {
  const limited = new QueueError(
    QueueErrorCode.QUEUE_RATE_LIMITED,
    `Job ${running.job.id} waits ${delayMs} ms for the limit of its key.`,
  );
  // Where it was thrown says nothing, and a backlog would keep it once a job.
  delete limited.stack;
  return settlePostponed(runtime, running, { delayMs, thrown: limited });
}

/** How an attempt ends whose moment was wrong: it uses up no retry. */
function settlePostponed(
  runtime: Runtime,
  running: RunningJob,
  { delayMs, thrown }: { readonly delayMs: number; readonly thrown: Error },
): Settlement {
  if (isExpired(running.job, runtime.clock.now() + delayMs)) return settleTooLate(running, thrown);
  const error = toJobError(thrown);
  const attempt = { outcome: 'postponed', error, retryDelayMs: delayMs } as const;
  return { ...running.fence, attempt, to: 'retrying', delayMs, error, countsAttempt: false };
}

/** Milliseconds of rest that an error asks for; 0 when it asks for none. */
export function restAskedBy(thrown: unknown): number {
  return RetryLaterError.is(thrown) ? thrown.delayMs : retryAfterOf(thrown);
}

/** Whether a job may not start any more at a moment, in milliseconds since the epoch. */
export function isExpired({ expiresAt }: QueueJob, moment: number): boolean {
  return expiresAt !== null && expiresAt.getTime() <= moment;
}

/** How the claim of a job ends that its worker came to too late. */
export function settleExpired({ job, fence }: RunningJob): Settlement {
  const error = toJobError(expired(job, 'came up'));
  return { ...fence, attempt: { outcome: 'cancelled', error, retryDelayMs: null }, to: 'cancelled', error };
}

/** How an attempt that failed ends when its retry would come too late. */
function settleTooLate({ job, fence }: RunningJob, thrown: unknown): Settlement {
  const attempt = { outcome: 'failed', error: toJobError(thrown), retryDelayMs: null } as const;
  return { ...fence, attempt, to: 'cancelled', error: toJobError(expired(job, 'could be retried', thrown)) };
}

function expired({ id, expiresAt }: QueueJob, what: string, cause?: unknown): QueueError {
  return new QueueError(
    QueueErrorCode.QUEUE_JOB_EXPIRED,
    `Job ${id} expired at ${expiresAt?.toISOString()}, before it ${what}.`,
    cause,
  );
}

/** How an attempt ends that its worker gives back unfinished. */
export function settleInterrupted({ fence }: RunningJob): Settlement {
  return { ...fence, attempt: { outcome: 'interrupted', error: null, retryDelayMs: null }, to: 'pending' };
}

/** The wait before the next try: what the job's backoff says, but at least what the error's `retryAfterMs` asks for. */
function retryDelay(runtime: Runtime, job: QueueJob, thrown: unknown): number {
  const delay =
    job.backoff.type === 'custom'
      ? customDelay(runtime, job, thrown)
      : backoffDelay(job.backoff, job.attempts, runtime.random);
  return Math.max(delay, retryAfterOf(thrown));
}

function retryAfterOf(thrown: unknown): number {
  if (typeof thrown !== 'object' || thrown === null || !('retryAfterMs' in thrown)) return 0;
  const { retryAfterMs } = thrown;
  return typeof retryAfterMs === 'number' && retryAfterMs > 0 ? Math.min(retryAfterMs, MAX_RETRY_DELAY) : 0;
}

function customDelay(runtime: Runtime, job: QueueJob, thrown: unknown): number {
  const name = job.backoff.type === 'custom' ? job.backoff.name : '';
  try {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const delay = runtime.backoffs[name]?.({ retry: job.attempts, error });
    if (typeof delay === 'number' && delay >= 0) return Math.min(delay, MAX_RETRY_DELAY);
    throw new Error(`The backoff ${JSON.stringify(name)} gave ${String(delay)} instead of milliseconds.`);
  } catch (error) {
    runtime.onError(error);
    return backoffDelay(FALLBACK_BACKOFF, job.attempts, runtime.random);
  }
}

/**
 * A handler's result as plain data. What JSON can express in its own way (dates, instances with `toJSON`) is stored so; anything else is left out:
 * the work is done, and failing the job would only do it again.
 */
export function toResult(value: unknown): JsonValue | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object') return typeof value === 'bigint' ? String(value) : toPlainJson(value);
  try {
    return toFrozenJson(value, { what: 'result', maxBytes: Number.POSITIVE_INFINITY });
  } catch {
    return toPlainJson(value);
  }
}

function toPlainJson(value: unknown): JsonValue | null {
  try {
    const json: unknown = JSON.parse(JSON.stringify(value) ?? 'null');
    return toFrozenJson(json, { what: 'result', maxBytes: Number.POSITIVE_INFINITY });
  } catch {
    return null;
  }
}
