import {
  type Clock,
  functionOption,
  type ListenerErrorHandler,
  parseOptions,
  systemClock,
} from '@townkrier/core';
import { z } from 'zod';
import { type BackoffFunction, type BackoffOption, backoffSchema, exponentialBackoff } from './backoff.ts';
import { createJobId } from './job-id.ts';
import { warningOf } from './process-warning.ts';

const warnOfQueueError = warningOf('A queue failed and tries again.');

/** Options of a {@link StoreQueueAdapter}: what a job gets that says nothing else, and how workers behave. */
export interface StoreQueueAdapterOptions {
  /** Retries after the first try; `0` tries once. @default 3 */
  readonly maxRetries?: number | undefined;
  /** Milliseconds before the first retry; doubles each time up to one day. Ignored where `backoff` is given. @default 1000 */
  readonly retryDelay?: number | undefined;
  /** How retries wait. @default exponential from `retryDelay` with factor 2 */
  readonly backoff?: BackoffOption | undefined;
  /** Functions that jobs may name in their `backoff`. They must be given to the adapter in every process that works. */
  readonly backoffs?: Readonly<Record<string, BackoffFunction>> | undefined;
  /** Milliseconds an attempt may take. @default 30000 */
  readonly timeout?: number | undefined;
  /**
   * Milliseconds after which a worker looks for jobs even if nothing told it to; a safety net for stores that other processes write to. A store in
   * memory tells about every change itself, and no poll happens. @default 1000
   */
  readonly pollInterval?: number | undefined;
  /** Milliseconds a stopping worker waits for the jobs in hand. @default 25000 */
  readonly shutdownTimeout?: number | undefined;
  /** Milliseconds without a sign of life after which a worker counts as dead. @default 15000 */
  readonly leaseMs?: number | undefined;
  /** Milliseconds between signs of life; at most half of `leaseMs`. @default 5000 */
  readonly heartbeatMs?: number | undefined;
  /** Deaths of its worker after which a job fails as poison. @default 3 */
  readonly maxCrashes?: number | undefined;
  /** Bytes of JSON that a job's payload may have, and its metadata. @default 262144 */
  readonly maxPayloadBytes?: number | undefined;
  /**
   * Tells all processes of the backend what happens to jobs in this one, and lets this one hear of all: the adapter has a `stream`. The backend keeps at least the newest `keep`
   * events, 10000 unless said otherwise; give it to all processes alike. @default false, which costs nothing
   */
  readonly eventStream?: boolean | { readonly keep?: number | undefined } | undefined;
  /** Where time comes from. @default the machine's clock */
  readonly clock?: Clock | undefined;
  /** Random numbers from 0 to 1, for jitter. @default Math.random */
  readonly random?: (() => number) | undefined;
  /** Makes ids of jobs and workers. @default 21 characters, the time first */
  readonly createId?: (() => string) | undefined;
  /** Told when the store or a backoff function fails; the adapter goes on and tries again. @default a process warning */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Told when an event listener throws. @default a process warning */
  readonly onListenerError?: ListenerErrorHandler | undefined;
}

/** Events that a backend keeps at least, unless told otherwise. */
export const DEFAULT_KEPT_EVENTS = 10_000;

const wholeNumber = (least: number) => z.int().min(least);
const milliseconds = (least: number) => z.number().min(least);

/** The schema's parts, for adapters that add options of their own. */
export const storeQueueAdapterShape = {
  maxRetries: wholeNumber(0).default(3),
  retryDelay: milliseconds(0).default(1_000),
  backoff: backoffSchema.optional(),
  backoffs: z.record(z.string(), functionOption<BackoffFunction>()).default({}),
  timeout: milliseconds(1).default(30_000),
  pollInterval: milliseconds(1).default(1_000),
  shutdownTimeout: milliseconds(0).default(25_000),
  leaseMs: milliseconds(2).default(15_000),
  heartbeatMs: milliseconds(1).optional(),
  maxCrashes: wholeNumber(1).default(3),
  maxPayloadBytes: wholeNumber(1).default(262_144),
  eventStream: z
    .union([z.boolean(), z.strictObject({ keep: wholeNumber(1).default(DEFAULT_KEPT_EVENTS) })])
    .default(false),
  clock: z.custom<Clock>(isClock, 'expected a Clock').default(systemClock),
  random: functionOption<() => number>().default(() => Math.random),
  createId: functionOption<() => string>().default(() => createJobId),
  onError: functionOption<(error: unknown) => void>().default(() => warnOfQueueError),
  onListenerError: functionOption<ListenerErrorHandler>().optional(),
};

const schema = z.strictObject(storeQueueAdapterShape);

/** Options with every default applied. */
export type ResolvedStoreQueueAdapterOptions = ReturnType<typeof resolveStoreQueueAdapterOptions>;

/**
 * Checks options and applies the defaults.
 * @throws {TownKrierError} `CONFIG_INVALID`, naming key and value.
 */
export function resolveStoreQueueAdapterOptions(options: StoreQueueAdapterOptions, what: string) {
  const parsed = parseOptions(schema, options, what);
  const heartbeatMs = parsed.heartbeatMs ?? parsed.leaseMs / 3;
  parseOptions(z.strictObject({ heartbeatMs: z.number().max(parsed.leaseMs / 2) }), { heartbeatMs }, what);
  return { ...parsed, heartbeatMs, backoff: parsed.backoff ?? exponentialBackoff(parsed.retryDelay) };
}

/** Whether an option is a clock. */
export function isClock(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'now' in value &&
    typeof value.now === 'function' &&
    'schedule' in value &&
    typeof value.schedule === 'function'
  );
}
