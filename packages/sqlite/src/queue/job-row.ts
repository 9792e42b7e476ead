import type { JsonValue } from '@townkrier/core';
import type { JobStatus, StoredBackoff, StoredJob } from '@townkrier/queue';
import { PRIORITY_STEP_MS } from './queue-schema.ts';

/** What SQLite takes for a column. */
export type ColumnValue = string | number | null;

/** A row as SQLite gives it. The tables are STRICT and only this package writes them, so the types are known. */
export interface JobRow {
  readonly seq: number;
  readonly id: string;
  readonly queue: string;
  readonly type: string;
  readonly name: string;
  readonly status: JobStatus;
  readonly priority: number;
  readonly sort_key: number;
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
  readonly timeout_ms: number;
  readonly backoff: string;
  readonly group_key: string | null;
  readonly owner: string | null;
  readonly idempotency_key: string | null;
  readonly metadata: string | null;
  readonly tags: string | null;
  readonly payload: string;
  readonly result: string | null;
  readonly error: string | null;
  readonly progress: string | null;
  readonly deliveries: string | null;
  readonly attempt_log: string | null;
  readonly logs: string | null;
  readonly expires_at: number | null;
  readonly aging_ms: number | null;
  readonly is_fair: number;
  readonly key_retention_ms: number | null;
  readonly remove_after_ms: number | null;
}

/** A job, and what only this store knows of it. */
export interface KeptJob extends StoredJob {
  /** Whether it takes turns while it is pending. */
  readonly isFair: boolean;
}

const NOTHING: readonly never[] = Object.freeze([]);
const NO_METADATA: Readonly<Record<string, JsonValue>> = Object.freeze({});

/** The job of a row. */
export function fromRow(row: JobRow): KeptJob {
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
    payload: JSON.parse(row.payload),
    result: fromJson(row.result, null),
    error: fromJson(row.error, null),
    progress: fromJson(row.progress, null),
    deliveries: fromJson(row.deliveries, NOTHING),
    attemptLog: fromJson(row.attempt_log, NOTHING),
    logs: fromJson(row.logs, NOTHING),
    metadata: fromJson(row.metadata, NO_METADATA),
    tags: fromJson(row.tags, NOTHING),
    groupKey: row.group_key,
    owner: row.owner,
    idempotencyKey: row.idempotency_key,
    keyRetention: row.key_retention_ms,
    removeAfter: row.remove_after_ms,
    timeout: row.timeout_ms,
    backoff: backoffOf(row.backoff),
    scheduledFor: row.scheduled_for,
    expiresAt: row.expires_at,
    agingMs: row.aging_ms,
    isFair: row.is_fair === 1,
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

/** The columns that are written when a job is inserted, and then no more; but for `payload`, which a replay may replace. */
export const FIXED_COLUMNS = [
  'id',
  'queue',
  'type',
  'name',
  'priority',
  'max_retries',
  'created_at',
  'scheduled_for',
  'timeout_ms',
  'backoff',
  'group_key',
  'owner',
  'idempotency_key',
  'metadata',
  'tags',
  'payload',
  'expires_at',
  'aging_ms',
  'is_fair',
  'key_retention_ms',
  'remove_after_ms',
] as const satisfies readonly (keyof JobRow)[];

/** The columns that change in a job's life. */
export const CHANGING_COLUMNS = [
  'status',
  'sort_key',
  'due_at',
  'attempts',
  'claims',
  'crashes',
  'replays',
  'worker_id',
  'updated_at',
  'started_at',
  'completed_at',
  'failed_at',
  'cancelled_at',
  'result',
  'error',
  'progress',
  'deliveries',
  'attempt_log',
  'logs',
] as const satisfies readonly (keyof JobRow)[];

/** Values for {@link FIXED_COLUMNS}, in their order. */
export function fixedValues(job: StoredJob, isFair: boolean): ColumnValue[] {
  return [
    job.id,
    job.queue,
    job.type,
    job.name,
    job.priority,
    job.maxRetries,
    job.createdAt,
    job.scheduledFor,
    job.timeout,
    JSON.stringify(job.backoff),
    job.groupKey,
    job.owner,
    job.idempotencyKey,
    Object.keys(job.metadata).length === 0 ? null : JSON.stringify(job.metadata),
    listToJson(job.tags),
    JSON.stringify(job.payload),
    job.expiresAt,
    job.agingMs,
    isFair ? 1 : 0,
    job.keyRetention,
    job.removeAfter,
  ];
}

/** Values for {@link CHANGING_COLUMNS}, in their order. `order` is the job's turn, where it takes turns. */
export function changingValues(job: StoredJob, order = job.dueAt): ColumnValue[] {
  return [
    job.status,
    sortKey(order, job),
    job.dueAt,
    job.attempts,
    job.claims,
    job.crashes,
    job.replays,
    job.workerId,
    job.updatedAt,
    job.startedAt,
    job.completedAt,
    job.failedAt,
    job.cancelledAt,
    toJson(job.result),
    toJson(job.error),
    toJson(job.progress),
    listToJson(job.deliveries),
    listToJson(job.attemptLog),
    listToJson(job.logs),
  ];
}

/** By which the jobs of a queue are claimed, the smallest first. */
export function sortKey(
  order: number,
  { priority, agingMs }: Pick<StoredJob, 'priority' | 'agingMs'>,
): number {
  return order - priority * (agingMs ?? PRIORITY_STEP_MS);
}

/** `null` is stored as NULL. */
export function toJson(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** An empty list is stored as NULL. */
export function listToJson(list: readonly unknown[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list);
}

function fromJson<Value>(text: string | null, otherwise: Value): Value {
  return text === null ? otherwise : JSON.parse(text);
}

let lastText = '';
let lastBackoff: StoredBackoff | undefined;

/** Nearly all jobs of an app have the same backoff; the last one read is kept. */
function backoffOf(text: string): StoredBackoff {
  if (lastBackoff === undefined || text !== lastText) {
    lastBackoff = Object.freeze<StoredBackoff>(JSON.parse(text));
    lastText = text;
  }
  return lastBackoff;
}
