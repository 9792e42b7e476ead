import { type ChannelName, parseOptions } from '@townkrier/core';
import { z } from 'zod';
import { type BackoffOption, backoffSchema, exponentialBackoff } from './backoff.ts';
import { MAX_PRIORITY, MAX_RETENTION_MS } from './new-job.ts';
import type { NewJob } from './queue-adapter.ts';

/** How one notification is queued. What is left out comes from the adapter. */
export interface QueueJobConfig {
  /** Higher first; whole numbers from -1000 to 1000. @default JobPriority.NORMAL */
  readonly priority?: number | undefined;
  /** Retries after the first try; `0` tries once. */
  readonly maxRetries?: number | undefined;
  /** Earliest start. A moment in the past means now. */
  readonly scheduledFor?: Date | undefined;
  /** Too late from then on: it is cancelled instead of started, and so is a retry that would come later. */
  readonly expiresAt?: Date | undefined;
  /** Plain data, kept with the job and handed to middleware and providers. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Milliseconds before the first retry; doubles each time. */
  readonly retryDelay?: number | undefined;
  /** Milliseconds an attempt may take. */
  readonly timeout?: number | undefined;
  /** How retries wait. Wins over `retryDelay`. */
  readonly backoff?: BackoffOption | undefined;
  /** Only these of the channels `via()` names. */
  readonly channels?: readonly ChannelName[] | undefined;
  /** Storing a second job with the key of one that is kept gives back the first, and nothing is sent twice. */
  readonly idempotencyKey?: string | undefined;
  /** Milliseconds the job, and so its key, is kept at least after it ended, however short the adapter's history is. @default 0 */
  readonly keyRetention?: number | undefined;
  /** Milliseconds the job is kept at most after it completed or was cancelled; a longer `keyRetention` wins. What failed stays as long as the adapter's history is. @default its queue's `retention` */
  readonly removeAfter?: number | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Who it belongs to, for filters. */
  readonly owner?: string | undefined;
  readonly groupKey?: string | undefined;
  /** @default 'default' */
  readonly queue?: string | undefined;
  /** The job's id. @default a new one */
  readonly id?: string | undefined;
}

/** How notifications are stored. */
export interface EnqueueOptions {
  /**
   * The handle of a transaction of the app's own that is open now: the job is there once it commits, and never if it does not. Which handles are taken says the
   * adapter (`capabilities.transactions`). Until its first try the notification has no row in the log.
   */
  readonly transaction?: object | undefined;
}

const name = z.string().min(1).max(512);
const schema = z.strictObject({
  priority: z.int().min(-MAX_PRIORITY).max(MAX_PRIORITY).optional(),
  maxRetries: z.int().min(0).optional(),
  scheduledFor: z.date().optional(),
  expiresAt: z.date().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  retryDelay: z.number().min(0).optional(),
  timeout: z.number().positive().optional(),
  backoff: backoffSchema.optional(),
  channels: z.array(name).min(1).optional(),
  idempotencyKey: name.optional(),
  keyRetention: z.int().min(0).max(MAX_RETENTION_MS).optional(),
  removeAfter: z.int().min(0).max(MAX_RETENTION_MS).optional(),
  tags: z.array(name).optional(),
  owner: name.optional(),
  groupKey: name.optional(),
  queue: name.optional(),
  id: name.optional(),
});

/** A configuration that was checked. */
export type ResolvedQueueJobConfig = z.output<typeof schema>;

/**
 * Checks how a notification is to be queued.
 * @throws {TownKrierError} `CONFIG_INVALID`, naming key and value.
 */
export function resolveQueueJobConfig(config: QueueJobConfig): ResolvedQueueJobConfig {
  return parseOptions(schema, config, 'enqueue');
}

/** The part of a new job that the configuration decides. */
export function toJobSettings(config: ResolvedQueueJobConfig): Partial<NewJob> {
  const { retryDelay, scheduledFor, expiresAt, channels: _channels, metadata, backoff, ...same } = config;
  const wait = backoff ?? (retryDelay === undefined ? undefined : exponentialBackoff(retryDelay));
  const settings = {
    ...same,
    backoff: wait,
    scheduledFor: scheduledFor?.getTime(),
    expiresAt: expiresAt?.getTime(),
    metadata,
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
