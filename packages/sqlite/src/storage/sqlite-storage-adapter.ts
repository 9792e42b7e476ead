import { parseOptions } from '@townkrier/core';
import {
  resolvePrivacyLevel,
  type StorageAdapterOptions,
  StoreStorageAdapter,
  storageAdapterShape,
} from '@townkrier/storage';
import { z } from 'zod';
import { type SqliteFileOptions, sqliteFileShape } from '../sqlite-options.ts';
import { SqliteLogStore } from './sqlite-log-store.ts';

/**
 * Options of a {@link SqliteStorageAdapter}. The option `durability` says whether a commit survives a power cut; whatever it is, rows survive the process, which
 * is all that the adapter's property of that name tells the manager (`machine`).
 */
export interface SqliteStorageAdapterOptions extends StorageAdapterOptions, SqliteFileOptions {}

const schema = z.strictObject({ ...storageAdapterShape, ...sqliteFileShape });

/**
 * Keeps the delivery log in a SQLite file, which several processes of one machine may share, also with the queue. Writes of one turn of the event loop share
 * a commit. Pages and statistics come from indexes and counters; the package's README says what grows with the number of rows.
 *
 * Deleted rows are overwritten in the file, and taken out of the `-wal` file beside it as soon as no other connection is in the way. A cleanup or an erasure of
 * more than 250 rows goes in several transactions.
 *
 * What the database throws becomes `STORAGE_UNAVAILABLE` with the `SqliteError` as its cause.
 *
 * @example
 * const storageManager = new StorageManager(new SqliteStorageAdapter({ file: 'townkrier.db' }), { hashKey });
 */
export class SqliteStorageAdapter extends StoreStorageAdapter {
  /**
   * Opens the file, or makes it.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option, naming key and value.
   * @throws {SqliteError} `SQLITE_MISSING`, `SQLITE_CANNOT_OPEN`, `SQLITE_SCHEMA_TOO_NEW`, `SQLITE_CORRUPT`.
   */
  constructor(options: SqliteStorageAdapterOptions) {
    const parsed = parseOptions(schema, options, 'SqliteStorageAdapter');
    const contentPrivacyLevel = resolvePrivacyLevel(parsed);
    const { file, durability, busyTimeout, clock } = parsed;
    super(new SqliteLogStore({ file, durability, busyTimeout }, clock), { ...parsed, contentPrivacyLevel });
  }
}
