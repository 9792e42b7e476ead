import { parseOptions } from '@townkrier/core';
import { z } from 'zod';
import {
  resolvePrivacyLevel,
  type StorageAdapterOptions,
  storageAdapterShape,
} from '../storage-adapter-options.ts';

/** @see InMemoryStorageAdapterOptions.maxLogs */
export const DEFAULT_MAX_LOGS = 100_000;

/** How an {@link InMemoryStorageAdapter} keeps its rows. */
export interface InMemoryStorageAdapterOptions extends StorageAdapterOptions {
  /** The most rows kept. One more evicts the oldest finished row; when none is finished, saving is refused (`STORAGE_FULL`). @default 100000 */
  readonly maxLogs?: number | undefined;
}

const optionsSchema = z.strictObject({
  ...storageAdapterShape,
  maxLogs: z.number().int().min(1).default(DEFAULT_MAX_LOGS),
});

/** Checks options and fills in defaults. @throws {TownKrierError} `CONFIG_INVALID` */
export function resolveInMemoryOptions(options: InMemoryStorageAdapterOptions) {
  const parsed = parseOptions(optionsSchema, options, 'InMemoryStorageAdapter');
  return { ...parsed, contentPrivacyLevel: resolvePrivacyLevel(parsed) };
}
