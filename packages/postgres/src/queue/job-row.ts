import type { JsonValue } from '@townkrier/core';
import type {
  JobError,
  JobProgress,
  JobStatus,
  StoredAttempt,
  StoredBackoff,
  StoredDelivery,
  StoredJob,
  StoredLogLine,
} from '@townkrier/queue';

/** A row of `jobs`, as it is read. */
export interface JobRow {
  readonly seq: number;
  readonly id: string;
  readonly queue: string;
  readonly type: string;
  readonly name: string;
  readonly status: JobStatus;
  readonly priority: number;
  readonly due_at: number;
  readonly attempts: number;
  readonly max_retries: number;
  readonly claims: number;
  readonly crashes: number;
  readonly replays: number;
  readonly worker_id: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly started_at: number | null;
  readonly completed_at: number | null;
  readonly failed_at: number | null;
  readonly cancelled_at: number | null;
  readonly scheduled_for: number | null;
  readonly expires_at: number | null;
  readonly aging_ms: number | null;
  readonly timeout_ms: number;
  readonly backoff: StoredBackoff;
  readonly group_key: string | null;
  readonly owner: string | null;
  readonly idempotency_key: string | null;
  readonly key_retention_ms: number | null;
  readonly remove_after_ms: number | null;
  readonly metadata: Readonly<Record<string, JsonValue>> | null;
  readonly tags: readonly string[] | null;
  readonly payload: JsonValue;
  readonly result: JsonValue | null;
  readonly error: JobError | null;
  readonly progress: JobProgress | null;
  readonly deliveries: readonly StoredDelivery[] | null;
  readonly attempt_log: readonly StoredAttempt[] | null;
  readonly logs: readonly StoredLogLine[] | null;
}

/** A row that a claim gives. */
export interface ClaimedRow extends JobRow {
  readonly claim_call: number;
  /** See `SORT_KEY`. */
  readonly sort_key: number;
}

/** What a Date can hold. A handler may ask for any wait, however long. */
const LATEST_MOMENT = 8.64e15;

const NOTHING: readonly never[] = Object.freeze([]);
const NO_METADATA: Readonly<Record<string, JsonValue>> = Object.freeze({});

/** The job of a row. */
export function fromRow(row: JobRow): StoredJob {
  return {
    id: row.id,
    queue: row.queue,
    type: row.type,
    name: row.name,
    status: row.status,
    priority: row.priority,
    attempts: row.attempts,
    maxRetries: row.max_retries,
    claims: row.claims,
    crashes: row.crashes,
    replays: row.replays,
    payload: row.payload,
    result: row.result,
    error: row.error,
    progress: row.progress,
    deliveries: row.deliveries ?? NOTHING,
    attemptLog: row.attempt_log ?? NOTHING,
    logs: row.logs ?? NOTHING,
    metadata: row.metadata ?? NO_METADATA,
    tags: row.tags ?? NOTHING,
    groupKey: row.group_key,
    owner: row.owner,
    idempotencyKey: row.idempotency_key,
    keyRetention: row.key_retention_ms,
    removeAfter: row.remove_after_ms,
    timeout: row.timeout_ms,
    // Frozen, because the worker itself reads it again when a handler, which is given the job, has failed.
    backoff: Object.freeze(row.backoff),
    scheduledFor: row.scheduled_for,
    expiresAt: row.expires_at,
    agingMs: row.aging_ms,
    dueAt: row.due_at,
    workerId: row.worker_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    startedAt: row.started_at,
    completedAt: row.completed_at,
    failedAt: row.failed_at,
    cancelledAt: row.cancelled_at,
  };
}

/** The columns that change in a job's life, with their types. `payload` changes as well, but hardly ever, and is large. */
export const CHANGING_COLUMNS = {
  status: 'text',
  due_at: 'bigint',
  attempts: 'integer',
  claims: 'integer',
  crashes: 'integer',
  replays: 'integer',
  worker_id: 'text',
  updated_at: 'bigint',
  started_at: 'bigint',
  completed_at: 'bigint',
  failed_at: 'bigint',
  cancelled_at: 'bigint',
  result: 'json',
  error: 'json',
  progress: 'json',
  deliveries: 'json',
  attempt_log: 'json',
  logs: 'json',
} as const satisfies Partial<Record<keyof JobRow, string>>;

/** What a job's {@link CHANGING_COLUMNS} hold. */
export function changingValues(
  job: StoredJob,
): Record<keyof typeof CHANGING_COLUMNS, string | number | null> {
  return {
    status: job.status,
    due_at: Math.min(Math.ceil(job.dueAt), LATEST_MOMENT),
    attempts: job.attempts,
    claims: job.claims,
    crashes: job.crashes,
    replays: job.replays,
    worker_id: job.workerId,
    updated_at: job.updatedAt,
    started_at: job.startedAt,
    completed_at: job.completedAt,
    failed_at: job.failedAt,
    cancelled_at: job.cancelledAt,
    result: toJson(job.result),
    error: toJson(job.error),
    progress: toJson(job.progress),
    deliveries: listToJson(job.deliveries),
    attempt_log: listToJson(job.attemptLog),
    logs: listToJson(job.logs),
  };
}

/** `null` is stored as NULL. */
export function toJson(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** An empty list is stored as NULL. */
export function listToJson(list: readonly unknown[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list);
}
