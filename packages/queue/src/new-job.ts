import type { Clock, JsonValue } from '@townkrier/core';
import type { StoredBackoff } from './backoff.ts';
import { QueueError, QueueErrorCode } from './errors.ts';
import { toFrozenJson } from './frozen-json.ts';
import type { JobDelivery } from './job.ts';
import { JobPriority } from './job.ts';
import type { JobToInsert } from './job-store.ts';
import type { NewJob, QueueCapabilities } from './queue-adapter.ts';

/** Priorities go from minus this to this. */
export const MAX_PRIORITY = 1000;

/** 30 days: with a thousand steps of priority still far from where whole numbers end. */
export const MAX_AGING_MS = 2_592_000_000;

/** Ten years of 365 days. */
export const MAX_RETENTION_MS = 315_360_000_000;

/** The longest name of a queue, a type, a tag, a key or an owner. */
const MAX_NAME_LENGTH = 512;

/** What a new job gets where it says nothing, and what bounds it. */
export interface JobDefaults {
  readonly maxRetries: number;
  readonly backoff: StoredBackoff;
  readonly timeout: number;
  readonly maxPayloadBytes: number;
  readonly backoffNames: ReadonlySet<string>;
  readonly createId: () => string;
}

const NO_METADATA: Readonly<Record<string, JsonValue>> = Object.freeze({});
const NO_TAGS: readonly string[] = Object.freeze([]);
const NO_DELIVERIES: readonly JobDelivery[] = Object.freeze([]);

/**
 * Checks a new job and fills in the defaults. Written by hand rather than as a schema: it runs once for every job added.
 *
 * @throws {QueueError} `QUEUE_JOB_INVALID`, naming key and value; `QUEUE_PAYLOAD_INVALID`; `QUEUE_PAYLOAD_TOO_LARGE`.
 */
export function toJobToInsert(job: NewJob, defaults: JobDefaults): JobToInsert {
  const type = checkName('type', job.type);
  return {
    id: job.id === undefined ? defaults.createId() : checkName('id', job.id),
    queue: job.queue === undefined ? 'default' : checkName('queue', job.queue),
    type,
    name: job.name === undefined ? type : checkName('name', job.name),
    payload: toFrozenJson(job.payload, { what: 'payload', maxBytes: defaults.maxPayloadBytes }),
    priority: job.priority === undefined ? JobPriority.NORMAL : checkPriority(job.priority),
    maxRetries: job.maxRetries === undefined ? defaults.maxRetries : checkMaxRetries(job.maxRetries),
    backoff: job.backoff === undefined ? defaults.backoff : checkBackoff(job.backoff, defaults),
    timeout: job.timeout === undefined ? defaults.timeout : checkTimeout(job.timeout),
    scheduledFor: job.scheduledFor === undefined ? null : checkMoment('scheduledFor', job.scheduledFor),
    metadata:
      job.metadata === undefined ? NO_METADATA : checkMetadata(job.metadata, defaults.maxPayloadBytes),
    deliveries: job.deliveries === undefined ? NO_DELIVERIES : freezeDeliveries(job.deliveries),
    tags: job.tags === undefined ? NO_TAGS : checkTags(job.tags),
    groupKey: job.groupKey === undefined ? null : checkName('groupKey', job.groupKey),
    owner: job.owner === undefined ? null : checkName('owner', job.owner),
    idempotencyKey: job.idempotencyKey === undefined ? null : checkName('idempotencyKey', job.idempotencyKey),
    keyRetention: job.keyRetention === undefined ? null : checkRetention('keyRetention', job.keyRetention),
    removeAfter: job.removeAfter === undefined ? null : checkRetention('removeAfter', job.removeAfter),
    expiresAt: job.expiresAt === undefined ? null : checkMoment('expiresAt', job.expiresAt),
    agingMs: job.agingMs === undefined ? null : checkAging(job.agingMs),
    isFair: job.isFair ?? false,
  };
}

/**
 * Refuses what the store behind an adapter cannot do. The usual priority and a moment that has passed ask for nothing.
 *
 * @throws {QueueError} `QUEUE_UNSUPPORTED`.
 */
export function checkSupported(
  job: Pick<JobToInsert, 'id' | 'priority' | 'scheduledFor' | 'agingMs' | 'isFair'>,
  capabilities: QueueCapabilities,
  clock: Clock,
): void {
  if (!capabilities.priorities && job.priority !== JobPriority.NORMAL) {
    throw unsupported(`priorities; leave out the priority ${job.priority} of job ${job.id}`);
  }
  if (!capabilities.scheduling && job.scheduledFor !== null && job.scheduledFor > clock.now()) {
    throw unsupported(`scheduled jobs; leave out scheduledFor of job ${job.id}`);
  }
  if (!capabilities.aging && job.agingMs !== null) {
    throw unsupported(`ageing; leave out agingMs of job ${job.id}`);
  }
  if (!capabilities.fairness && job.isFair) {
    throw unsupported(`turns between keys; leave out isFair of job ${job.id}`);
  }
}

/**
 * Refuses a transaction where the store can join none, and what cannot be a handle of one.
 *
 * @throws {QueueError} `QUEUE_UNSUPPORTED`; `QUEUE_TRANSACTION_INVALID`.
 */
export function checkTransaction(transaction: unknown, capabilities: QueueCapabilities): void {
  if (!capabilities.transactions) throw unsupported('transactions; leave out the option transaction');
  if (typeof transaction === 'object' && transaction !== null) return;
  throw new QueueError(
    QueueErrorCode.QUEUE_TRANSACTION_INVALID,
    `transaction must be the handle of an open transaction, got ${String(transaction)}.`,
  );
}

/** The error for what an adapter cannot do. */
export function unsupported(what: string): QueueError {
  return new QueueError(QueueErrorCode.QUEUE_UNSUPPORTED, `This adapter has no ${what}.`);
}

/** A frozen copy of deliveries, so that what is stored cannot be changed from outside. */
export function freezeDeliveries(deliveries: readonly JobDelivery[]): readonly JobDelivery[] {
  return Object.freeze(
    deliveries.map((delivery) => Object.freeze({ ...delivery, updatedAt: new Date(delivery.updatedAt) })),
  );
}

function checkName(key: string, value: unknown): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME_LENGTH) return value;
  throw invalid(key, value, `a text of 1 to ${MAX_NAME_LENGTH} characters`);
}

function checkPriority(value: unknown): number {
  if (Number.isInteger(value) && Math.abs(value as number) <= MAX_PRIORITY) return value as number;
  throw invalid('priority', value, `a whole number from -${MAX_PRIORITY} to ${MAX_PRIORITY}`);
}

function checkMaxRetries(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw invalid('maxRetries', value, 'a whole number of 0 or more');
}

/** @throws {QueueError} `QUEUE_JOB_INVALID`. */
export function checkMaxReplays(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw invalid('maxReplays', value, 'a whole number of 0 or more');
}

function checkTimeout(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw invalid('timeout', value, 'a number of milliseconds above 0');
}

function checkAging(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) > 0 && (value as number) <= MAX_AGING_MS)
    return value as number;
  throw invalid('agingMs', value, `a whole number of milliseconds from 1 to ${MAX_AGING_MS}`);
}

function checkRetention(key: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MAX_RETENTION_MS)
    return value as number;
  throw invalid(key, value, `a whole number of milliseconds from 0 to ${MAX_RETENTION_MS}`);
}

function checkMoment(key: string, value: unknown): number {
  // What a Date can hold.
  if (typeof value === 'number' && Math.abs(value) <= 8.64e15) return value;
  throw invalid(key, value, 'a moment in milliseconds since the epoch');
}

function checkBackoff(backoff: StoredBackoff, defaults: JobDefaults): StoredBackoff {
  if (backoff.type !== 'custom') {
    const isValid =
      [backoff.delay, backoff.factor, backoff.maxDelay].every((n) => n >= 0) && backoff.factor >= 1;
    if (isValid) return Object.freeze({ ...backoff });
    throw invalid('backoff', JSON.stringify(backoff), 'delays of 0 or more and a factor of 1 or more');
  }
  if (defaults.backoffNames.has(backoff.name)) return Object.freeze({ ...backoff });
  const known = [...defaults.backoffNames].join(', ') || 'none';
  throw invalid('backoff.name', backoff.name, `one of the adapter's backoffs (known: ${known})`);
}

/** A frozen copy of metadata. @throws {QueueError} as {@link toFrozenJson}; `QUEUE_JOB_INVALID` for what is no object. */
export function checkMetadata(metadata: object, maxBytes: number): Readonly<Record<string, JsonValue>> {
  const copy = toFrozenJson(metadata, { what: 'metadata', maxBytes });
  if (typeof copy === 'object' && copy !== null && !isArray(copy)) return copy;
  throw invalid('metadata', Array.isArray(metadata) ? 'an array' : metadata, 'an object');
}

/** `Array.isArray` does not narrow readonly arrays. */
function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function checkTags(tags: unknown): readonly string[] {
  if (!Array.isArray(tags)) throw invalid('tags', tags, 'an array of texts');
  return Object.freeze(tags.map((tag, i) => checkName(`tags[${i}]`, tag)));
}

/** The error for a wrong value: what it is, what was expected. */
export function invalid(key: string, value: unknown, expected: string): QueueError {
  return new QueueError(
    QueueErrorCode.QUEUE_JOB_INVALID,
    `${key} must be ${expected}, got ${typeof value === 'string' ? JSON.stringify(value) : String(value)}.`,
  );
}
