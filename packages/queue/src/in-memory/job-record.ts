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
import { type JobTerms, toJobTerms } from './job-terms.ts';
import type { QueueShelf } from './queue-shelf.ts';

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

/** Never pushed to: the first entry makes a list of its own, of just the size it needs. */
const NO_ATTEMPTS: AttemptRecord[] = [];

/** What a job has only once it was claimed or ended. Kept apart so that a waiting job stays small. */
export class JobRun {
  workerId: string | null = null;
  crashes = 0;
  replays = 0;
  result: JsonValue | null = null;
  error: JobError | null = null;
  progress: JobProgress | null = null;
  attemptLog: AttemptRecord[] = NO_ATTEMPTS;
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
  readonly shelf: QueueShelf;
  readonly type: string;
  readonly name: string;
  status: JobStatus;
  readonly priority: number;
  attempts = 0;
  readonly maxRetries: number;
  /** Claims so far: the fence. */
  claims = 0;
  payload: JsonValue;
  readonly metadata: Readonly<Record<string, JsonValue>>;
  deliveries: readonly JobDelivery[];
  readonly tags: readonly string[];
  readonly groupKey: string | null;
  readonly owner: string | null;
  readonly idempotencyKey: string | null;
  readonly timeout: number;
  readonly backoff: StoredBackoff;
  readonly scheduledFor: number | null;
  readonly terms: JobTerms | null;
  /** When it may next start; meaningless unless it waits. */
  dueAt: number;
  readonly createdAt: number;
  updatedAt: number;
  run: JobRun | null = null;
  /** The one list it stands in: ready jobs of a priority, jobs of a worker, or finished jobs of a status. */
  list: JobList | null = null;
  previous: JobRecord | null = null;
  next: JobRecord | null = null;
  /** Its place in the heap it stands in: delayed jobs, ranked ones, or finished ones that wait for a moment; -1 outside. */
  heapIndex = -1;

  constructor(job: JobToInsert, shelf: QueueShelf, sequence: number, now: number) {
    this.id = job.id;
    this.sequence = sequence;
    this.shelf = shelf;
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
    this.terms = toJobTerms(job);
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

/**
 * The job as it is now, for handing out. What it shares with the record is frozen or never changed in place. Moments that are equal share one Date
 * within a snapshot: making them is the larger part of what a snapshot costs.
 */
export function toSnapshot(record: JobRecord): QueueJob {
  const { run } = record;
  const createdAt = new Date(record.createdAt);
  const updatedAt = record.updatedAt === record.createdAt ? createdAt : new Date(record.updatedAt);
  const waits = record.status === 'pending' || record.status === 'scheduled' || record.status === 'retrying';
  return {
    id: record.id,
    queue: record.shelf.name,
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
    attemptLog: run === null ? NOTHING : toAttempts(run.attemptLog, updatedAt),
    logs: run === null || run.logs === null ? NOTHING : run.logs.map(toLogLine),
    metadata: record.metadata,
    tags: record.tags,
    groupKey: record.groupKey,
    owner: record.owner,
    idempotencyKey: record.idempotencyKey,
    keyRetention: record.terms === null ? null : record.terms.keyRetention,
    removeAfter: record.terms === null ? null : record.terms.removeAfter,
    timeout: record.timeout,
    backoff: record.backoff,
    expiresAt: record.terms === null ? null : toDate(record.terms.expiresAt, createdAt),
    scheduledFor: toDate(record.scheduledFor, createdAt),
    nextRunAt: waits ? toDate(record.dueAt, updatedAt) : null,
    createdAt,
    updatedAt,
    startedAt: run === null ? null : toDate(run.startedAt, updatedAt),
    completedAt: run === null ? null : toDate(run.completedAt, updatedAt),
    failedAt: run === null ? null : toDate(run.failedAt, updatedAt),
    cancelledAt: run === null ? null : toDate(run.cancelledAt, updatedAt),
  };
}

/** A moment as a date: `known` itself, when it is that moment. */
function toDate(moment: number | null, known: Date): Date | null {
  if (moment === null) return null;
  return moment === known.getTime() ? known : new Date(moment);
}

function toAttempts(entries: readonly AttemptRecord[], updatedAt: Date): readonly JobAttempt[] {
  const [first] = entries;
  return entries.length === 1 && first !== undefined
    ? [toAttempt(first, updatedAt)]
    : entries.map((entry) => toAttempt(entry, updatedAt));
}

function toAttempt(entry: AttemptRecord, updatedAt: Date): JobAttempt {
  return {
    attempt: entry.attempt,
    workerId: entry.workerId,
    startedAt: entry.startedAt === updatedAt.getTime() ? updatedAt : new Date(entry.startedAt),
    finishedAt: toDate(entry.finishedAt, updatedAt),
    outcome: entry.outcome,
    error: entry.error,
    retryDelayMs: entry.retryDelayMs,
  };
}

/** Its own date: freezing a delivery does not keep its date from being changed. */
function toDelivery(delivery: JobDelivery): JobDelivery {
  return { ...delivery, updatedAt: new Date(delivery.updatedAt) };
}

function toLogLine(line: JobLogLine): JobLogLine {
  return { ...line, at: new Date(line.at) };
}
