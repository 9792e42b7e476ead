import type { JsonValue } from '@townkrier/core';
import type { StoredBackoff } from '../backoff.ts';
import type {
  JobAttempt,
  JobDelivery,
  JobError,
  JobLogLine,
  JobProgress,
  JobStatus,
  QueueJob,
} from '../job.ts';
import type { JobToInsert } from '../job-store.ts';
import type { JobList } from './job-list.ts';

/** One try as the store keeps it: moments as numbers. */
export interface AttemptRecord {
  readonly attempt: number;
  readonly claim: number;
  readonly workerId: string;
  readonly startedAt: number;
  finishedAt: number | null;
  outcome: JobAttempt['outcome'];
  error: JobError | null;
  retryDelayMs: number | null;
}

/** What a job has only once it was claimed or ended. Kept apart so that a waiting job stays small. */
export class JobRun {
  workerId: string | null = null;
  crashes = 0;
  replays = 0;
  result: JsonValue | null = null;
  error: JobError | null = null;
  progress: JobProgress | null = null;
  readonly attemptLog: AttemptRecord[] = [];
  logs: JobLogLine[] | null = null;
  startedAt: number | null = null;
  completedAt: number | null = null;
  failedAt: number | null = null;
  cancelledAt: number | null = null;
}

/** A job as the store keeps it: live, never handed out. Moments are milliseconds since the epoch. */
export class JobRecord {
  readonly id: string;
  /** Counts up with every job stored: the order of creation. */
  readonly sequence: number;
  readonly queue: string;
  readonly type: string;
  readonly name: string;
  status: JobStatus;
  readonly priority: number;
  attempts = 0;
  readonly maxRetries: number;
  /** Claims so far: the fence. */
  claims = 0;
  readonly payload: JsonValue;
  readonly metadata: Readonly<Record<string, JsonValue>>;
  deliveries: readonly JobDelivery[];
  readonly tags: readonly string[];
  readonly groupKey: string | null;
  readonly owner: string | null;
  readonly idempotencyKey: string | null;
  readonly timeout: number;
  readonly backoff: StoredBackoff;
  readonly scheduledFor: number | null;
  /** When it may next start; meaningless unless it waits. */
  dueAt: number;
  readonly createdAt: number;
  updatedAt: number;
  run: JobRun | null = null;
  /** The one list it stands in: ready jobs of a priority, jobs of a worker, or finished jobs of a status. */
  list: JobList | null = null;
  previous: JobRecord | null = null;
  next: JobRecord | null = null;
  /** Its place in the heap of delayed jobs; -1 outside. */
  heapIndex = -1;

  constructor(job: JobToInsert, sequence: number, now: number) {
    this.id = job.id;
    this.sequence = sequence;
    this.queue = job.queue;
    this.type = job.type;
    this.name = job.name;
    this.status = job.scheduledFor !== null && job.scheduledFor > now ? 'scheduled' : 'pending';
    this.priority = job.priority;
    this.maxRetries = job.maxRetries;
    this.payload = job.payload;
    this.metadata = job.metadata;
    this.deliveries = job.deliveries;
    this.tags = job.tags;
    this.groupKey = job.groupKey;
    this.owner = job.owner;
    this.idempotencyKey = job.idempotencyKey;
    this.timeout = job.timeout;
    this.backoff = job.backoff;
    this.scheduledFor = job.scheduledFor;
    this.dueAt = this.status === 'scheduled' && job.scheduledFor !== null ? job.scheduledFor : now;
    this.createdAt = now;
    this.updatedAt = now;
  }

  /** What the job has of runs, made on first need. */
  ensureRun(): JobRun {
    this.run ??= new JobRun();
    return this.run;
  }
}

const NOTHING: readonly never[] = Object.freeze([]);

/** The job as it is now, for handing out. What it shares with the record is frozen; a date never is, so each is made anew. */
export function toSnapshot(record: JobRecord): QueueJob {
  const { run } = record;
  const waits = record.status === 'pending' || record.status === 'scheduled' || record.status === 'retrying';
  return {
    id: record.id,
    queue: record.queue,
    type: record.type,
    name: record.name,
    status: record.status,
    priority: record.priority,
    attempts: record.attempts,
    maxRetries: record.maxRetries,
    crashes: run === null ? 0 : run.crashes,
    replays: run === null ? 0 : run.replays,
    payload: record.payload,
    result: run === null ? null : run.result,
    error: run === null ? null : run.error,
    progress: run === null ? null : run.progress,
    deliveries: record.deliveries.length === 0 ? NOTHING : record.deliveries.map(toDelivery),
    attemptLog: run === null ? NOTHING : run.attemptLog.map(toAttempt),
    logs: run === null || run.logs === null ? NOTHING : run.logs.map(toLogLine),
    metadata: record.metadata,
    tags: record.tags,
    groupKey: record.groupKey,
    owner: record.owner,
    idempotencyKey: record.idempotencyKey,
    timeout: record.timeout,
    backoff: record.backoff,
    scheduledFor: toDate(record.scheduledFor),
    nextRunAt: waits ? new Date(record.dueAt) : null,
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
    startedAt: run === null ? null : toDate(run.startedAt),
    completedAt: run === null ? null : toDate(run.completedAt),
    failedAt: run === null ? null : toDate(run.failedAt),
    cancelledAt: run === null ? null : toDate(run.cancelledAt),
  };
}

function toDate(moment: number | null): Date | null {
  return moment === null ? null : new Date(moment);
}

function toDelivery(delivery: JobDelivery): JobDelivery {
  return { ...delivery, updatedAt: new Date(delivery.updatedAt) };
}

function toLogLine(line: JobLogLine): JobLogLine {
  return { ...line, at: new Date(line.at) };
}

function toAttempt(entry: AttemptRecord): JobAttempt {
  return {
    attempt: entry.attempt,
    workerId: entry.workerId,
    startedAt: new Date(entry.startedAt),
    finishedAt: toDate(entry.finishedAt),
    outcome: entry.outcome,
    error: entry.error,
    retryDelayMs: entry.retryDelayMs,
  };
}
