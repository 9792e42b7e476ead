import type { JsonValue } from '@townkrier/core';
import type { StoredBackoff } from './backoff.ts';
import type {
  JobAttempt,
  JobDelivery,
  JobError,
  JobLogLine,
  JobProgress,
  JobStatus,
  QueueJob,
} from './job.ts';
import { poisonError } from './job-error.ts';
import type { JobPatch, JobToInsert, ReapedJob, ReplayOptions, Settlement } from './job-store.ts';
import { checkRetry, deliveriesForCancel, deliveriesForReplay } from './replay.ts';

/** Entries a job's attempt log keeps. */
const MAX_ATTEMPTS_KEPT = 50;
/** Lines of `logs` a job keeps. */
const MAX_LOG_LINES = 100;

/** One try that has ended, as a database keeps it. */
export interface StoredAttempt {
  readonly attempt: number;
  /** The claim it ran under; see `JobFence`. */
  readonly claim: number;
  readonly workerId: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly outcome: JobAttempt['outcome'];
  readonly error: JobError | null;
  readonly retryDelayMs: number | null;
}

const NOTHING: readonly never[] = Object.freeze([]);

/** A delivery as a database keeps it: its moment in milliseconds since the epoch. */
export type StoredDelivery = Omit<JobDelivery, 'updatedAt'> & { readonly updatedAt: number };
/** A log line as a database keeps it: its moment in milliseconds since the epoch. */
export type StoredLogLine = Omit<JobLogLine, 'at'> & { readonly at: number };

/**
 * A job as a database keeps it: one field a column, moments in milliseconds since the epoch, everything else plain JSON. For authors of stores; the
 * functions beside it are the only ones that change one, and each is a step that `JOB_TRANSITIONS` allows.
 *
 * The try that runs, and the one that completed the job, are told by `workerId`, `attempts`, `startedAt` and `completedAt`; only tries that ended otherwise are
 * in `attemptLog`. So a job that succeeds at once, as most do, has an empty one.
 */
export interface StoredJob {
  readonly id: string;
  readonly queue: string;
  readonly type: string;
  readonly name: string;
  status: JobStatus;
  readonly priority: number;
  attempts: number;
  readonly maxRetries: number;
  /** Claims so far: the fencing token of the current one. */
  claims: number;
  crashes: number;
  replays: number;
  payload: JsonValue;
  result: JsonValue | null;
  error: JobError | null;
  progress: JobProgress | null;
  deliveries: readonly StoredDelivery[];
  attemptLog: readonly StoredAttempt[];
  logs: readonly StoredLogLine[];
  readonly metadata: Readonly<Record<string, JsonValue>>;
  readonly tags: readonly string[];
  readonly groupKey: string | null;
  readonly owner: string | null;
  readonly idempotencyKey: string | null;
  readonly keyRetention: number | null;
  readonly removeAfter: number | null;
  readonly timeout: number;
  readonly backoff: StoredBackoff;
  readonly scheduledFor: number | null;
  readonly expiresAt: number | null;
  readonly agingMs: number | null;
  /** When it may next start, or could when it last waited. */
  dueAt: number;
  /** Who runs it, or completed it; otherwise `null`. */
  workerId: string | null;
  readonly createdAt: number;
  updatedAt: number;
  startedAt: number | null;
  completedAt: number | null;
  failedAt: number | null;
  cancelledAt: number | null;
}

/** A job that was just added. */
export function toStoredJob(job: JobToInsert, now: number): StoredJob {
  const isLater = job.scheduledFor !== null && job.scheduledFor > now;
  return {
    id: job.id,
    queue: job.queue,
    type: job.type,
    name: job.name,
    priority: job.priority,
    maxRetries: job.maxRetries,
    payload: job.payload,
    metadata: job.metadata,
    tags: job.tags,
    groupKey: job.groupKey,
    owner: job.owner,
    idempotencyKey: job.idempotencyKey,
    keyRetention: job.keyRetention,
    removeAfter: job.removeAfter,
    timeout: job.timeout,
    backoff: job.backoff,
    scheduledFor: job.scheduledFor,
    expiresAt: job.expiresAt,
    agingMs: job.agingMs,
    status: isLater ? 'scheduled' : 'pending',
    dueAt: isLater && job.scheduledFor !== null ? job.scheduledFor : now,
    attempts: 0,
    claims: 0,
    crashes: 0,
    replays: 0,
    result: null,
    error: null,
    progress: null,
    deliveries: toStoredDeliveries(job.deliveries),
    attemptLog: NOTHING,
    logs: NOTHING,
    workerId: null,
    createdAt: now,
    updatedAt: now,
    startedAt: null,
    completedAt: null,
    failedAt: null,
    cancelledAt: null,
  };
}

/** Ends the current claim as its worker says. The store has checked the fence. */
export function applySettlement(job: StoredJob, settlement: Settlement, now: number): void {
  if (settlement.deliveries !== undefined) job.deliveries = toStoredDeliveries(settlement.deliveries);
  job.updatedAt = now;
  if (settlement.to === 'completed') {
    complete(job, settlement.result, now);
    return;
  }
  closeAttempt(job, settlement.attempt, now);
  if (settlement.to === 'failed') {
    fail(job, settlement.error, now);
  } else if (settlement.to === 'cancelled') {
    job.error = settlement.error;
    job.attempts--;
    giveUp(job, now);
  } else if (settlement.to === 'retrying') {
    job.error = settlement.error;
    job.status = 'retrying';
    job.dueAt = now + settlement.delayMs;
    if (!settlement.countsAttempt) job.attempts--;
  } else {
    makePending(job, now);
    job.attempts--;
  }
}

/** Changes a running job. The store has checked the fence. */
export function applyPatch(job: StoredJob, patch: JobPatch, now: number): void {
  job.updatedAt = now;
  if (patch.progress !== undefined) job.progress = patch.progress;
  if (patch.deliveries !== undefined) job.deliveries = toStoredDeliveries(patch.deliveries);
  if (patch.log === undefined) return;
  const line = { at: patch.log.at.getTime(), attempt: job.attempts, message: patch.log.message };
  job.logs = [...job.logs, line].slice(-MAX_LOG_LINES);
}

/** Takes a running job back from a worker that died. @returns where it leads. */
export function applyCrash(job: StoredJob, maxCrashes: number, now: number): ReapedJob['to'] {
  job.crashes++;
  closeAttempt(job, { outcome: 'interrupted', error: null, retryDelayMs: null }, now);
  job.attempts--;
  job.updatedAt = now;
  if (job.crashes < maxCrashes) {
    makePending(job, now);
    return 'pending';
  }
  fail(job, poisonError(job.crashes), now);
  return 'failed';
}

/**
 * Starts a failed or cancelled job again, or makes a waiting one due now.
 * @throws {QueueError} `QUEUE_JOB_STATE` when it is none of these; `QUEUE_REPLAY_LIMIT`. Nothing is changed then.
 */
export function applyRetry(job: StoredJob, now: number, { maxReplays, payload }: ReplayOptions = {}): void {
  checkRetry(job, maxReplays);
  if (payload !== undefined) job.payload = payload;
  if (job.status === 'failed' || job.status === 'cancelled') {
    job.replays++;
    job.crashes = 0;
    job.attempts = 0;
    job.error = null;
    job.progress = null;
    job.failedAt = null;
    job.cancelledAt = null;
    job.deliveries = toStoredDeliveries(deliveriesForReplay(toDeliveries(job.deliveries), new Date(now)));
  }
  job.updatedAt = now;
  makePending(job, now);
}

/** Ends a job that someone cancelled. The store has checked that it has not ended. */
export function applyCancel(job: StoredJob, now: number): void {
  if (job.status === 'processing') {
    closeAttempt(job, { outcome: 'cancelled', error: null, retryDelayMs: null }, now);
  }
  job.updatedAt = now;
  giveUp(job, now);
}

/** Notes that a worker reported about a claim that had been taken from it. @returns whether there is an entry to note it on. */
export function noteLate(job: StoredJob, claim: number, now: number): boolean {
  if (!job.attemptLog.some((entry) => entry.claim === claim)) return false;
  job.attemptLog = job.attemptLog.map((entry) =>
    entry.claim === claim ? { ...entry, outcome: 'late', finishedAt: now } : entry,
  );
  return true;
}

/** The job as users see it. Field by field, because it is made for every claim, and a spread costs twice as much. */
export function toQueueJob(job: StoredJob): QueueJob {
  const waits = job.status === 'pending' || job.status === 'scheduled' || job.status === 'retrying';
  return {
    id: job.id,
    queue: job.queue,
    type: job.type,
    name: job.name,
    status: job.status,
    priority: job.priority,
    attempts: job.attempts,
    maxRetries: job.maxRetries,
    crashes: job.crashes,
    replays: job.replays,
    payload: job.payload,
    result: job.result,
    error: job.error,
    progress: job.progress,
    deliveries: toDeliveries(job.deliveries),
    attemptLog: toAttempts(job),
    logs: job.logs.length === 0 ? NOTHING : job.logs.map((line) => ({ ...line, at: new Date(line.at) })),
    metadata: job.metadata,
    tags: job.tags,
    groupKey: job.groupKey,
    owner: job.owner,
    idempotencyKey: job.idempotencyKey,
    keyRetention: job.keyRetention,
    removeAfter: job.removeAfter,
    timeout: job.timeout,
    backoff: job.backoff,
    expiresAt: toDate(job.expiresAt),
    scheduledFor: toDate(job.scheduledFor),
    nextRunAt: waits ? new Date(job.dueAt) : null,
    createdAt: new Date(job.createdAt),
    updatedAt: new Date(job.updatedAt),
    startedAt: toDate(job.startedAt),
    completedAt: toDate(job.completedAt),
    failedAt: toDate(job.failedAt),
    cancelledAt: toDate(job.cancelledAt),
  };
}

/** Deliveries as a database keeps them. */
export function toStoredDeliveries(deliveries: readonly JobDelivery[]): readonly StoredDelivery[] {
  return deliveries.map((delivery) => ({ ...delivery, updatedAt: delivery.updatedAt.getTime() }));
}

function complete(job: StoredJob, result: JsonValue | null, now: number): void {
  job.status = 'completed';
  job.result = result;
  job.error = null;
  job.completedAt = now;
}

function fail(job: StoredJob, error: JobError, now: number): void {
  job.status = 'failed';
  job.error = error;
  job.failedAt = now;
}

function giveUp(job: StoredJob, now: number): void {
  job.deliveries = toStoredDeliveries(deliveriesForCancel(toDeliveries(job.deliveries), new Date(now)));
  job.status = 'cancelled';
  job.cancelledAt = now;
}

function makePending(job: StoredJob, now: number): void {
  job.status = 'pending';
  job.dueAt = now;
}

/** Moves the running try to the log. */
function closeAttempt(
  job: StoredJob,
  end: Pick<JobAttempt, 'outcome' | 'error' | 'retryDelayMs'>,
  now: number,
): void {
  const entry: StoredAttempt = {
    attempt: job.attempts,
    claim: job.claims,
    workerId: job.workerId ?? '',
    startedAt: job.startedAt ?? now,
    finishedAt: now,
    ...end,
  };
  job.attemptLog = [...job.attemptLog, entry].slice(-MAX_ATTEMPTS_KEPT);
  job.workerId = null;
}

function toAttempts(job: StoredJob): readonly JobAttempt[] {
  if (job.attemptLog.length === 0) {
    const only = currentAttempt(job);
    return only === null ? NOTHING : [only];
  }
  const closed = job.attemptLog.map(({ claim: _claim, startedAt, finishedAt, ...same }) => ({
    ...same,
    startedAt: new Date(startedAt),
    finishedAt: new Date(finishedAt),
  }));
  const current = currentAttempt(job);
  return current === null ? closed : [...closed, current].slice(-MAX_ATTEMPTS_KEPT);
}

/** The try that runs, or the one that completed the job. */
function currentAttempt(job: StoredJob): JobAttempt | null {
  if (job.workerId === null || job.startedAt === null) return null;
  return {
    attempt: job.attempts,
    workerId: job.workerId,
    startedAt: new Date(job.startedAt),
    finishedAt: toDate(job.completedAt),
    outcome: job.status === 'completed' ? 'completed' : 'running',
    error: null,
    retryDelayMs: null,
  };
}

function toDeliveries(deliveries: readonly StoredDelivery[]): readonly JobDelivery[] {
  if (deliveries.length === 0) return NOTHING;
  return deliveries.map((delivery) => ({ ...delivery, updatedAt: new Date(delivery.updatedAt) }));
}

function toDate(moment: number | null): Date | null {
  return moment === null ? null : new Date(moment);
}
