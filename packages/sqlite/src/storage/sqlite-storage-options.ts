import { parseOptions } from '@townkrier/core';
import { resolvePrivacyLevel, type StorageAdapterOptions, storageAdapterShape } from '@townkrier/storage';
import { z } from 'zod';
import { type SqliteFileOptions, sqliteFileShape } from '../sqlite-options.ts';

/**
 * Options of a {@link SqliteStorageAdapter}. The option `durability` says whether a commit survives a power cut; whatever it is, rows survive the process, which
 * is all that the adapter's property of that name tells the manager (`machine`).
 */
export interface SqliteStorageAdapterOptions extends StorageAdapterOptions, SqliteFileOptions {}

const schema = z.strictObject({ ...storageAdapterShape, ...sqliteFileShape });

/** Checks options and fills in defaults. @throws {TownKrierError} `CONFIG_INVALID` */
export function resolveSqliteStorageOptions(options: SqliteStorageAdapterOptions) {
  const parsed = parseOptions(schema, options, 'SqliteStorageAdapter');
  return { ...parsed, contentPrivacyLevel: resolvePrivacyLevel(parsed) };
}
