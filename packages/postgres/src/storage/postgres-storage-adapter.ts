import { parseOptions } from '@townkrier/core';
import {
  resolvePrivacyLevel,
  type StorageAdapterOptions,
  StoreStorageAdapter,
  storageAdapterShape,
} from '@townkrier/storage';
import { z } from 'zod';
import { type PostgresOptions, postgresOptionsShape } from '../postgres-options.ts';
import { PostgresLogStore } from './postgres-log-store.ts';

/** Options of a {@link PostgresStorageAdapter}. */
export interface PostgresStorageAdapterOptions extends StorageAdapterOptions, PostgresOptions {}

const schema = z.strictObject({ ...storageAdapterShape, ...postgresOptionsShape });

/**
 * Keeps the delivery log in PostgreSQL (13 or newer), shared by any number of processes on any number of machines. The tables are made with the first call, in
 * a schema of their own, which may be that of the queue.
 *
 * Writes of one turn of the event loop share a statement. Pages and statistics come from indexes and counters; the package's README says what grows with the
 * number of rows. A cleanup or an erasure of more than 5,000 rows goes in several transactions.
 *
 * What the database throws becomes `STORAGE_UNAVAILABLE` with the `PostgresError` as its cause.
 *
 * @example
 * const storageManager = new StorageManager(new PostgresStorageAdapter({ connection: process.env.DATABASE_URL }), { hashKey });
 */
export class PostgresStorageAdapter extends StoreStorageAdapter {
  /** @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option, naming key and value. */
  constructor(options: PostgresStorageAdapterOptions) {
    const parsed = parseOptions(schema, options, 'PostgresStorageAdapter');
    super(new PostgresLogStore(parsed), { ...parsed, contentPrivacyLevel: resolvePrivacyLevel(parsed) });
  }
}
