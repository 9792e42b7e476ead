import { parseOptions, systemClock } from '@townkrier/core';
import { StoreQueueAdapter, type StoreQueueAdapterOptions, storeQueueAdapterShape } from '@townkrier/queue';
import type { Redis, RedisOptions } from 'ioredis';
import { z } from 'zod';
import { BullMqJobStore } from './bullmq-job-store.ts';
import { isClient } from './redis-link.ts';

/** Milliseconds after which an idle worker looks though nothing told it to, as BullMQ's do. */
const POLL_INTERVAL = 5_000;

/** Options of a {@link BullMqQueueAdapter}. */
export interface BullMqQueueAdapterOptions extends StoreQueueAdapterOptions {
  /**
   * Where Redis is: a URL, options of ioredis, or a client of yours. Yours is never closed, and workers wait on duplicates of it; what it does with commands
   * while Redis is away is up to its options.
   */
  readonly connection: string | RedisOptions | Redis;
  /** BullMQ's prefix: what all keys in Redis begin with. @default 'bull' */
  readonly prefix?: string | undefined;
  /** Milliseconds after which an add is refused with `QUEUE_UNAVAILABLE` when Redis is away or does not answer. @default 2000 */
  readonly enqueueTimeout?: number | undefined;
  /** Unfinished jobs kept at most, of all queues together; adding more is refused with `QUEUE_FULL`. @default no limit */
  readonly maxJobs?: number | undefined;
  /** Milliseconds a finished job is kept, and its idempotency key with it. @default 604800000, a week */
  readonly finishedMaxAge?: number | undefined;
}

const storeShape = {
  connection: z.union([z.string().min(1), z.custom<Redis | RedisOptions>(isConnection)], {
    error: 'expected a URL (redis://…), options of ioredis without keyPrefix, or a Redis of ioredis',
  }),
  prefix: z.string().min(1).default('bull'),
  enqueueTimeout: z.number().min(1).default(2_000),
  maxJobs: z.int().min(1).default(Number.POSITIVE_INFINITY),
  finishedMaxAge: z
    .number()
    .min(0)
    .default(7 * 86_400_000),
};
const schema = z.strictObject({ ...storeQueueAdapterShape, ...storeShape });

/**
 * A queue whose engine is BullMQ, on Redis: shared by any number of processes and machines. BullMQ's own tools see its queues and jobs.
 *
 * @example
 * const queueManager = new QueueManager(new BullMqQueueAdapter({ connection: 'redis://localhost:6379' }), notificationManager);
 */
export class BullMqQueueAdapter extends StoreQueueAdapter {
  /**
   * Connects in the background.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option, naming key and value.
   * @throws {BullMqError} `BULLMQ_UNSUPPORTED_VERSION`.
   */
  constructor(options: BullMqQueueAdapterOptions) {
    const parsed = parseOptions(schema, options, 'BullMqQueueAdapter');
    const { clock = systemClock, leaseMs, onError } = parsed;
    const {
      connection: _c,
      prefix: _p,
      enqueueTimeout: _e,
      maxJobs: _m,
      finishedMaxAge: _f,
      ...rest
    } = options;
    super(new BullMqJobStore({ ...parsed, clock, leaseMs, onError }), {
      pollInterval: POLL_INTERVAL,
      ...rest,
    });
  }
}

/** BullMQ puts its prefix before every key by itself; another one before that would hide its keys from its own scripts. */
function isConnection(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || ('isCluster' in value && value.isCluster === true))
    return false;
  const options: unknown = isClient(value) ? value.options : value;
  return typeof options === 'object' && options !== null && !Reflect.get(options, 'keyPrefix');
}
