import { type Clock, CoreErrorCode, parseOptions, systemClock, TownKrierError } from '@townkrier/core';
import { z } from 'zod';
import { ContentPrivacy } from '../notification-log.ts';

/** @see InMemoryStorageAdapterOptions.retentionDays */
export const DEFAULT_RETENTION_DAYS = 30;
/** @see InMemoryStorageAdapterOptions.maxLogs */
export const DEFAULT_MAX_LOGS = 100_000;
/** Milliseconds. @see InMemoryStorageAdapterOptions.cleanupInterval */
export const DEFAULT_CLEANUP_INTERVAL = 3_600_000;

/** How an {@link InMemoryStorageAdapter} keeps its rows. */
export interface InMemoryStorageAdapterOptions {
  /** `false` keeps content and recipients as they are (`public`) wherever a row does not say otherwise. Credentials are removed all the same. @default true */
  readonly maskSensitiveContent?: boolean;
  /** The level of rows that do not name one. `public` has to be asked for twice, with `maskSensitiveContent: false`. @default 'masked' */
  readonly contentPrivacyLevel?: ContentPrivacy;
  /** Days a row is kept, counted from its creation, once `autoCleanup` is on. @default 30 */
  readonly retentionDays?: number;
  /** Deletes rows older than `retentionDays` by itself, every `cleanupInterval`. @default false */
  readonly autoCleanup?: boolean;
  /** Milliseconds between two automatic cleanups. @default 3600000 */
  readonly cleanupInterval?: number;
  /** The most rows kept. One more evicts the oldest finished row; when none is finished, saving is refused (`STORAGE_FULL`). @default 100000 */
  readonly maxLogs?: number;
  /** @default the machine's clock */
  readonly clock?: Clock;
}

const LONGEST_INTERVAL = 86_400_000 * 365;

const optionsSchema = z.strictObject({
  maskSensitiveContent: z.boolean().default(true),
  contentPrivacyLevel: z.enum(ContentPrivacy).optional(),
  retentionDays: z.number().positive().max(36_500).default(DEFAULT_RETENTION_DAYS),
  autoCleanup: z.boolean().default(false),
  cleanupInterval: z.number().int().min(1).max(LONGEST_INTERVAL).default(DEFAULT_CLEANUP_INTERVAL),
  maxLogs: z.number().int().min(1).default(DEFAULT_MAX_LOGS),
  clock: z.custom<Clock>(isClock, 'expected an object with now() and schedule()').default(systemClock),
});

/** Checks options and fills in defaults. @throws {TownKrierError} `CONFIG_INVALID` */
export function resolveInMemoryOptions(options: InMemoryStorageAdapterOptions) {
  const parsed = parseOptions(optionsSchema, options, 'InMemoryStorageAdapter');
  const { maskSensitiveContent, contentPrivacyLevel } = parsed;
  if (maskSensitiveContent && contentPrivacyLevel === ContentPrivacy.PUBLIC) {
    throw new TownKrierError(
      "contentPrivacyLevel 'public' keeps recipients and content in clear. If that is meant, say so with maskSensitiveContent: false; otherwise use 'masked'.",
      { code: CoreErrorCode.CONFIG_INVALID },
    );
  }
  const fallback = maskSensitiveContent ? ContentPrivacy.MASKED : ContentPrivacy.PUBLIC;
  return { ...parsed, contentPrivacyLevel: contentPrivacyLevel ?? fallback };
}

function isClock(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'now' in value && 'schedule' in value;
}
