import { parseOptions } from '@townkrier/core';
import { z } from 'zod';
import { type BackoffOption, backoffSchema, type StoredBackoff } from '../backoff.ts';
import { MAX_AGING_MS, MAX_RETENTION_MS } from '../new-job.ts';
import { type RateLimitOptions, rateLimitSchema } from './rate-limit.ts';

/** Jobs in hand at once, unless told otherwise. */
const DEFAULT_CONCURRENCY = 10;

/** How the jobs of a queue are worked off, and what those get that say nothing else. */
export interface QueueDefinitionOptions {
  readonly name: string;
  /** Jobs in hand at once, in each process that works on it. @default 10 */
  readonly concurrency?: number | undefined;
  /** How often its jobs may start, in all processes together. @default as often as they can */
  readonly rateLimit?: RateLimitOptions | undefined;
  /** Retries after the first try; `0` tries once. @default the adapter's */
  readonly retries?: number | undefined;
  /** How retries wait. @default the adapter's */
  readonly backoff?: BackoffOption | undefined;
  /** Milliseconds an attempt may take. @default the adapter's */
  readonly timeout?: number | undefined;
  /**
   * Milliseconds its jobs are kept at most after they completed or were cancelled: the `removeAfter` of those that say nothing else. `0`: until the next clean-up. What
   * failed stays as long as the adapter's history is. There is no count for one queue: adapters count their history over all.
   * @default as long as the adapter's history is
   */
  readonly retention?: number | undefined;
  /** Milliseconds of waiting that weigh as much as one step of priority. @default priority is strict */
  readonly agingMs?: number | undefined;
  /** Lets jobs of one priority take turns by their `groupKey`, so that a flood of one does not hold up the others. @default first come, first served */
  readonly isFair?: boolean | undefined;
}

/** A queue with a policy, as {@link defineQueue} made it. */
export interface QueueDefinition {
  readonly name: string;
  readonly concurrency: number;
  readonly rateLimit: RateLimitOptions | undefined;
  readonly retries: number | undefined;
  readonly backoff: StoredBackoff | undefined;
  readonly timeout: number | undefined;
  readonly retention: number | undefined;
  readonly agingMs: number | undefined;
  readonly isFair: boolean;
}

const schema = z.strictObject({
  name: z.string().min(1).max(512),
  concurrency: z.int().min(1).default(DEFAULT_CONCURRENCY),
  rateLimit: rateLimitSchema.optional(),
  retries: z.int().min(0).optional(),
  backoff: backoffSchema.optional(),
  timeout: z.number().positive().optional(),
  retention: z.int().min(0).max(MAX_RETENTION_MS).optional(),
  agingMs: z.int().min(1).max(MAX_AGING_MS).optional(),
  isFair: z.boolean().default(false),
});

/**
 * Defines a queue with a policy, for `new QueueManager(adapter, sender, { queues })`.
 *
 * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option, naming key and value.
 * @example
 * const mail = defineQueue({ name: 'mail', concurrency: 5, rateLimit: { max: 100, per: 60_000 }, retries: 4 });
 */
export function defineQueue(options: QueueDefinitionOptions): QueueDefinition {
  const { rateLimit, retries, backoff, timeout, retention, agingMs, ...set } = parseOptions(
    schema,
    options,
    'defineQueue',
  );
  return Object.freeze({
    ...set,
    rateLimit: rateLimit && freezeLimits(rateLimit),
    retries,
    backoff: backoff && Object.freeze(backoff),
    timeout,
    retention,
    agingMs,
  });
}

function freezeLimits(limits: RateLimitOptions): RateLimitOptions {
  return Object.freeze({ ...limits, ...(limits.key !== undefined && { key: Object.freeze(limits.key) }) });
}
