import { parseOptions } from '@townkrier/core';
import { StoreQueueAdapter, type StoreQueueAdapterOptions, storeQueueAdapterShape } from '@townkrier/queue';
import { z } from 'zod';
import { type PostgresOptions, postgresOptionsShape } from '../postgres-options.ts';
import { PostgresJobStore } from './postgres-job-store.ts';

/** Milliseconds after which an idle worker looks though nothing told it to: only where listening fails does it find anything. */
const POLL_INTERVAL = 5_000;

/** Options of a {@link PostgresQueueAdapter}. */
export interface PostgresQueueAdapterOptions extends StoreQueueAdapterOptions, PostgresOptions {
  /**
   * Unfinished jobs kept at most; adding more is refused with `QUEUE_FULL`. Exact for one process; several that add at the same moment may go over it by what
   * they add within a second. @default 1000000
   */
  readonly maxJobs?: number | undefined;
  /** Milliseconds a finished job is kept, and its idempotency key with it. @default 604800000, a week */
  readonly finishedMaxAge?: number | undefined;
  /** Milliseconds until `add` is refused with `QUEUE_UNAVAILABLE` because the server does not answer. @default 2000 */
  readonly enqueueTimeout?: number | undefined;
}

const storeShape = {
  ...postgresOptionsShape,
  maxJobs: z.int().min(1).default(1_000_000),
  finishedMaxAge: z
    .number()
    .min(0)
    .default(7 * 86_400_000),
  enqueueTimeout: z.number().min(1).default(2_000),
};
const schema = z.strictObject({ ...storeQueueAdapterShape, ...storeShape });

/**
 * A queue in PostgreSQL (13 or newer), shared by any number of processes on any number of machines. Jobs can be part of a transaction of the app's own.
 * The tables are made with the first call, in a schema of their own.
 *
 * @example
 * const queueManager = new QueueManager(new PostgresQueueAdapter({ connection: process.env.DATABASE_URL }), notificationManager);
 */
export class PostgresQueueAdapter extends StoreQueueAdapter {
  /** @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option, naming key and value. */
  constructor(options: PostgresQueueAdapterOptions) {
    parseOptions(schema, options, 'PostgresQueueAdapter');
    const {
      connection,
      schema: schemaName,
      maxConnections,
      queryTimeout,
      preparedStatements,
      maxJobs,
      finishedMaxAge,
      enqueueTimeout,
      ...rest
    } = options;
    const store = {
      connection,
      schema: schemaName,
      maxConnections,
      queryTimeout,
      preparedStatements,
      maxJobs,
      finishedMaxAge,
      enqueueTimeout,
    };
    super(new PostgresJobStore(parseOptions(z.strictObject(storeShape), store, 'PostgresQueueAdapter')), {
      ...rest,
      pollInterval: rest.pollInterval ?? POLL_INTERVAL,
    });
  }
}
