import {
  type Clock,
  CoreErrorCode,
  createId,
  functionOption,
  type ListenerErrorHandler,
  parseOptions,
  systemClock,
  TownKrierError,
} from '@townkrier/core';
import { z } from 'zod';
import { randomHashKey } from './recipient-hash.ts';
import type { StorageAdapter } from './storage-adapter.ts';

const SHORTEST_KEY = 16;

/** How a `StorageManager` works. */
export interface StorageManagerOptions {
  /**
   * Secret that recipients are hashed with, 16 characters or bytes at least. Keep it out of the database, and the same for ever: rows stored with another
   * key are not found. Whoever has both key and rows can try phone numbers until one fits.
   * @default random for an adapter of durability `process`; otherwise required
   */
  readonly hashKey?: string | Uint8Array;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** Makes the ids of rows. @default nanoid, 21 characters */
  readonly createId?: () => string;
  /** Told what a listener threw. @default a warning of the process */
  readonly onListenerError?: ListenerErrorHandler;
}

const optionsSchema = z.strictObject({
  hashKey: z
    .union(
      [z.string().min(SHORTEST_KEY), z.instanceof(Uint8Array).refine(({ length }) => length >= SHORTEST_KEY)],
      {
        error: `expected at least ${SHORTEST_KEY} characters or bytes`,
      },
    )
    .optional(),
  clock: z.custom<Clock>(isClock, 'expected an object with now() and schedule()').default(systemClock),
  createId: functionOption<() => string>().default(() => createId),
  onListenerError: functionOption<ListenerErrorHandler>().optional(),
});

/** Checks options and fills in defaults. @throws {TownKrierError} `CONFIG_INVALID` */
export function resolveStorageManagerOptions(options: StorageManagerOptions, adapter: StorageAdapter) {
  const parsed = parseOptions(optionsSchema, options, 'StorageManager');
  return { ...parsed, hashKey: parsed.hashKey ?? defaultHashKey(adapter) };
}

function defaultHashKey(adapter: StorageAdapter): Uint8Array {
  if (adapter.durability === 'process') return randomHashKey();
  throw new TownKrierError(
    `Options of StorageManager are invalid: hashKey is missing. Rows of this adapter outlive the process, so a random key would make their recipients unfindable. Give a secret of ${SHORTEST_KEY} or more characters, the same at every start; or, if the adapter keeps nothing, let it say durability: 'process'.`,
    { code: CoreErrorCode.CONFIG_INVALID },
  );
}

function isClock(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'now' in value && 'schedule' in value;
}
