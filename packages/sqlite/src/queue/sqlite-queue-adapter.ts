import { parseOptions, systemClock } from '@townkrier/core';
import { StoreQueueAdapter, type StoreQueueAdapterOptions, storeQueueAdapterShape } from '@townkrier/queue';
import { z } from 'zod';
import { type SqliteFileOptions, sqliteFileShape } from '../sqlite-options.ts';
import { SqliteJobStore } from './sqlite-job-store.ts';

/** Milliseconds after which an idle worker looks though nothing told it to: only where watching the file fails does it find anything. */
const POLL_INTERVAL = 5_000;

/** Options of a {@link SqliteQueueAdapter}. */
export interface SqliteQueueAdapterOptions extends StoreQueueAdapterOptions, SqliteFileOptions {
  /** Unfinished jobs kept at most; adding more is refused with `QUEUE_FULL`. @default 1000000 */
  readonly maxJobs?: number | undefined;
  /** Milliseconds a finished job is kept, and its idempotency key with it. @default 604800000, a week */
  readonly finishedMaxAge?: number | undefined;
}

const storeShape = {
  ...sqliteFileShape,
  maxJobs: z.int().min(1).default(1_000_000),
  finishedMaxAge: z
    .number()
    .min(0)
    .default(7 * 86_400_000),
};
const schema = z.strictObject({ ...storeQueueAdapterShape, ...storeShape });

/**
 * A queue in a SQLite file: it survives the process and, unless told otherwise, a power cut. Several processes of one machine may share the file.
 *
 * @example
 * const queueManager = new QueueManager(new SqliteQueueAdapter({ file: 'townkrier.db' }), notificationManager);
 */
export class SqliteQueueAdapter extends StoreQueueAdapter {
  /**
   * Opens the file, or makes it.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option, naming key and value.
   * @throws {SqliteError} `SQLITE_MISSING`, `SQLITE_CANNOT_OPEN`, `SQLITE_SCHEMA_TOO_NEW`, `SQLITE_CORRUPT`.
   */
  constructor(options: SqliteQueueAdapterOptions) {
    const { clock = systemClock } = parseOptions(schema, options, 'SqliteQueueAdapter');
    const { file, durability, busyTimeout, maxJobs, finishedMaxAge, ...rest } = options;
    const store = { file, durability, busyTimeout, maxJobs, finishedMaxAge };
    super(
      new SqliteJobStore({ clock, ...parseOptions(z.strictObject(storeShape), store, 'SqliteQueueAdapter') }),
      { pollInterval: POLL_INTERVAL, ...rest },
    );
  }
}
