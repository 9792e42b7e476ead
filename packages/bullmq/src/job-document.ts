import type { JsonValue } from '@townkrier/core';
import type {
  JobError,
  JobProgress,
  JobStatus,
  JobToInsert,
  StoredAttempt,
  StoredBackoff,
  StoredDelivery,
  StoredJob,
  StoredLogLine,
} from '@townkrier/queue';
import { MAX_PRIORITY, toStoredDeliveries } from '@townkrier/queue';
import { fromBullMqName } from './bullmq-names.ts';
import { toHash, toList, toText } from './reply.ts';

/** What a job was added with: BullMQ's `data`. Only a payload given when it is started again changes it; what is as usual is left out. */
interface JobDocument {
  /** The format. It comes first: by this it is known as ours, see `DOCUMENT_MARK`. */
  readonly townkrier: 1;
  /** Its place in the order of creation; see `JobNumbers`. */
  readonly number: number;
  readonly type: string;
  /** Only where BullMQ could not keep it as the job's name. */
  readonly name?: string;
  readonly payload: JsonValue;
  readonly maxRetries: number;
  readonly timeout: number;
  readonly backoff: StoredBackoff;
  readonly scheduledFor?: number;
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  readonly deliveries?: readonly StoredDelivery[];
  readonly tags?: readonly string[];
  readonly groupKey?: string;
  readonly owner?: string;
  readonly idempotencyKey?: string;
  readonly keyRetention?: number;
  readonly removeAfter?: number;
  readonly expiresAt?: number;
}

/** What changed since, and BullMQ has no field for: the field `tk:state`. Missing for a job that was not tried twice. */
interface JobState {
  /** Starts that count as no attempt. */
  readonly uncounted?: number;
  readonly crashes?: number;
  readonly replays?: number;
  readonly error?: JobError;
  readonly attemptLog?: readonly StoredAttempt[];
  /** When it could start, when it last waited. */
  readonly dueAt?: number;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

const NOTHING: readonly never[] = Object.freeze([]);
const NO_METADATA: Readonly<Record<string, JsonValue>> = Object.freeze({});

/** A job, and its place in the order of creation. */
export interface NumberedJob {
  readonly job: StoredJob;
  readonly number: number;
}

/** A job that was read, with what a later change must find as it was. */
export interface ReadJob {
  readonly job: StoredJob;
  /** The names of its queue and of itself in BullMQ. */
  readonly queue: string;
  readonly id: string;
  /** Which of BullMQ's lists it is on. */
  readonly place: string;
  readonly starts: string;
  readonly state: string;
  /** Its document, as JSON. */
  readonly data: string;
}

/** BullMQ's priorities begin at 1, and a lower one comes first; without one a job would overtake all that have one. */
export function toBullMqPriority(priority: number): number {
  return MAX_PRIORITY + 1 - priority;
}

/** The document of a job that is to be added, as JSON. Field by field, because it is made for every job, and spreads cost more than all the rest. */
export function toDocument(job: JobToInsert, number: number): string {
  const document: Writable<JobDocument> = {
    townkrier: 1,
    number,
    type: job.type,
    payload: job.payload,
    maxRetries: job.maxRetries,
    timeout: job.timeout,
    backoff: job.backoff,
  };
  if (!job.name.isWellFormed()) document.name = job.name;
  if (job.scheduledFor !== null) document.scheduledFor = job.scheduledFor;
  if (Object.keys(job.metadata).length > 0) document.metadata = job.metadata;
  if (job.deliveries.length > 0) document.deliveries = toStoredDeliveries(job.deliveries);
  if (job.tags.length > 0) document.tags = job.tags;
  if (job.groupKey !== null) document.groupKey = job.groupKey;
  if (job.owner !== null) document.owner = job.owner;
  if (job.idempotencyKey !== null) document.idempotencyKey = job.idempotencyKey;
  if (job.keyRetention !== null) document.keyRetention = job.keyRetention;
  if (job.removeAfter !== null) document.removeAfter = job.removeAfter;
  if (job.expiresAt !== null) document.expiresAt = job.expiresAt;
  return JSON.stringify(document);
}

/** A document with another payload. All else stays where it is: by how it begins it is known as ours. */
export function withPayload(data: string, payload: JsonValue): string {
  return JSON.stringify({ ...JSON.parse(data), payload });
}

/** Our state of a job, as JSON. */
export function toState(job: StoredJob): string {
  const uncounted = job.claims - job.attempts;
  const state: JobState = {
    ...(uncounted > 0 && { uncounted }),
    ...(job.crashes > 0 && { crashes: job.crashes }),
    ...(job.replays > 0 && { replays: job.replays }),
    ...(job.error !== null && { error: job.error }),
    ...(job.attemptLog.length > 0 && { attemptLog: job.attemptLog }),
    dueAt: job.dueAt,
  };
  return JSON.stringify(state);
}

/** When a job goes at the latest that ends now, other than by failing; `''` when only the history counts. */
export function toLeavingMoment({ removeAfter, keyRetention }: StoredJob, now: number): number | '' {
  return removeAfter === null ? '' : now + Math.max(removeAfter, keyRetention ?? 0);
}

/** A line of a job's log, as BullMQ's tools show it. */
export function toLogLine({ at, attempt, message }: StoredLogLine): string {
  return `${new Date(at).toISOString()} [${attempt}] ${message}`;
}

/** What a script gave for a job, or `null` when there is none, or it is somebody else's. */
export function toReadJob(reply: unknown): ReadJob | null {
  if (!Array.isArray(reply)) return null;
  const [queue, id, status, place, due, fields, log] = reply;
  const hash = toHash(fields);
  const names = { queue: toText(queue), id: toText(id) };
  const found = toJob({ ...names, hash, log: toList(log), status: toStatus(status), due: Number(due) });
  if (found === null) return null;
  return {
    ...names,
    job: found.job,
    place: toText(place),
    starts: hash.get('ats') ?? '0',
    state: hash.get('tk:state') ?? '',
    data: hash.get('data') ?? '',
  };
}

/** What BullMQ keeps of a job, and where. */
export interface RawJob {
  readonly queue: string;
  readonly id: string;
  readonly hash: ReadonlyMap<string, string>;
  readonly log: readonly unknown[];
  readonly status: JobStatus;
  /** When it is due, if BullMQ delays it; otherwise 0. */
  readonly due: number;
}

/** The job, or `null` when it is none of ours. */
export function toJob({ queue, id, hash, log, status, due }: RawJob): NumberedJob | null {
  const document: unknown = JSON.parse(hash.get('data') ?? 'null');
  if (!isDocument(document)) return null;
  const state = toJobState(hash.get('tk:state'));
  const claims = Number(hash.get('ats') ?? 0);
  const createdAt = Number(hash.get('timestamp'));
  const startedAt = toMoment(hash.get('processedOn'));
  const finishedAt = toMoment(hash.get('finishedOn'));
  const isRunning = status === 'processing';
  const { scheduledFor = null } = document;
  const job: StoredJob = {
    id: fromBullMqName(id),
    queue: fromBullMqName(queue),
    type: document.type,
    name: document.name ?? hash.get('name') ?? '',
    status,
    priority: MAX_PRIORITY + 1 - Number(hash.get('priority')),
    attempts: claims - (state.uncounted ?? 0),
    maxRetries: document.maxRetries,
    claims,
    crashes: state.crashes ?? 0,
    replays: state.replays ?? 0,
    payload: document.payload,
    result: status === 'completed' ? JSON.parse(hash.get('returnvalue') ?? 'null') : null,
    error: status === 'completed' ? null : (state.error ?? null),
    progress: toProgress(hash.get('progress')),
    deliveries: toDeliveries(hash.get('tk:deliveries')) ?? document.deliveries ?? NOTHING,
    attemptLog: state.attemptLog ?? NOTHING,
    logs: log.length === 0 ? NOTHING : log.map((line) => fromLogLine(toText(line), createdAt)),
    metadata: document.metadata ?? NO_METADATA,
    tags: document.tags ?? NOTHING,
    groupKey: document.groupKey ?? null,
    owner: document.owner ?? null,
    idempotencyKey: document.idempotencyKey ?? null,
    keyRetention: document.keyRetention ?? null,
    removeAfter: document.removeAfter ?? null,
    timeout: document.timeout,
    backoff: Object.freeze(document.backoff),
    scheduledFor,
    expiresAt: document.expiresAt ?? null,
    agingMs: null,
    dueAt: toDueAt(status, { due, state, scheduledFor, createdAt }),
    workerId: isRunning || status === 'completed' ? (hash.get('pb') ?? null) : null,
    createdAt,
    updatedAt: Math.max(createdAt, startedAt ?? 0, finishedAt ?? 0, Number(hash.get('tk:at') ?? 0)),
    startedAt,
    completedAt: status === 'completed' ? finishedAt : null,
    failedAt: status === 'failed' ? finishedAt : null,
    cancelledAt: status === 'cancelled' ? finishedAt : null,
  };
  return { job, number: document.number };
}

const FRESH: JobState = Object.freeze({});

/** Frozen, because it is written again: what a handler does to its job must not get in. */
function toJobState(text: string | undefined): JobState {
  if (text === undefined) return FRESH;
  return JSON.parse(text, (_key, value: unknown) => Object.freeze(value));
}

/** By its marks only: nobody else writes them. */
function isDocument(document: unknown): document is JobDocument {
  return (
    typeof document === 'object' && document !== null && 'townkrier' in document && document.townkrier === 1
  );
}

function toDueAt(
  status: JobStatus,
  times: {
    readonly due: number;
    readonly state: JobState;
    readonly scheduledFor: number | null;
    readonly createdAt: number;
  },
): number {
  const { due, state, scheduledFor, createdAt } = times;
  if (status === 'retrying' && due > 0) return due;
  return state.dueAt ?? Math.max(createdAt, scheduledFor ?? 0);
}

const STATUSES: readonly JobStatus[] = [
  'pending',
  'scheduled',
  'processing',
  'retrying',
  'completed',
  'failed',
  'cancelled',
];

/** A hash that no list of BullMQ's has counts as waiting: nothing else is known of it. */
function toStatus(reply: unknown): JobStatus {
  return STATUSES.find((status) => status === reply) ?? 'pending';
}

function toMoment(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}

/** Another tool may have set a progress of another shape. */
function toProgress(text: string | undefined): JobProgress | null {
  const progress: unknown = JSON.parse(text ?? 'null');
  if (typeof progress === 'number') return { percent: progress, step: null };
  if (typeof progress !== 'object' || progress === null || !('percent' in progress)) return null;
  const step = 'step' in progress && typeof progress.step === 'string' ? progress.step : null;
  return { percent: Number(progress.percent), step };
}

function toDeliveries(text: string | undefined): readonly StoredDelivery[] | null {
  return text === undefined ? null : JSON.parse(text);
}

/** Another tool may have added lines of another shape. */
function fromLogLine(line: string, createdAt: number): StoredLogLine {
  const [, moment = '', attempt, message = ''] = /^(\S+) \[(\d+)\] ([\s\S]*)$/.exec(line) ?? [];
  const at = Date.parse(moment);
  return Number.isNaN(at)
    ? { at: createdAt, attempt: 0, message: line }
    : { at, attempt: Number(attempt), message };
}
