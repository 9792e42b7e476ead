import { type Clock, CoreErrorCode, systemClock, TownKrierError } from '@townkrier/core';
import { z } from 'zod';
import { ContentPrivacy } from './notification-log.ts';

/** @see StorageAdapterOptions.retentionDays */
export const DEFAULT_RETENTION_DAYS = 30;
/** Milliseconds. @see StorageAdapterOptions.cleanupInterval */
export const DEFAULT_CLEANUP_INTERVAL = 3_600_000;

/** Options that adapters of every kind have: what is kept where a row does not say, and for how long. */
export interface StorageAdapterOptions {
  /** `false` keeps content and recipients as they are (`public`) wherever a row does not say otherwise. Credentials are removed all the same. @default true */
  readonly maskSensitiveContent?: boolean | undefined;
  /** The level of rows that do not name one. `public` has to be asked for twice, with `maskSensitiveContent: false`. @default 'masked' */
  readonly contentPrivacyLevel?: ContentPrivacy | undefined;
  /** Days a row is kept, counted from its creation, once `autoCleanup` is on. @default 30 */
  readonly retentionDays?: number | undefined;
  /** Deletes rows older than `retentionDays` by itself, every `cleanupInterval`. @default false */
  readonly autoCleanup?: boolean | undefined;
  /** Milliseconds between two automatic cleanups. @default 3600000 */
  readonly cleanupInterval?: number | undefined;
  /** @default the machine's clock */
  readonly clock?: Clock | undefined;
}

const LONGEST_INTERVAL = 86_400_000 * 365;

/** The schema's parts of {@link StorageAdapterOptions}, for adapters that add options of their own. */
export const storageAdapterShape = {
  maskSensitiveContent: z.boolean().default(true),
  contentPrivacyLevel: z.enum(ContentPrivacy).optional(),
  retentionDays: z.number().positive().max(36_500).default(DEFAULT_RETENTION_DAYS),
  autoCleanup: z.boolean().default(false),
  cleanupInterval: z.number().int().min(1).max(LONGEST_INTERVAL).default(DEFAULT_CLEANUP_INTERVAL),
  clock: z.custom<Clock>(isClock, 'expected an object with now() and schedule()').default(systemClock),
};

/**
 * The level of rows that name none.
 * @throws {TownKrierError} `CONFIG_INVALID` for `public` that was asked for only once.
 */
export function resolvePrivacyLevel({
  maskSensitiveContent,
  contentPrivacyLevel,
}: {
  readonly maskSensitiveContent: boolean;
  readonly contentPrivacyLevel?: ContentPrivacy | undefined;
}): ContentPrivacy {
  if (maskSensitiveContent && contentPrivacyLevel === ContentPrivacy.PUBLIC) {
    throw new TownKrierError(
      "contentPrivacyLevel 'public' keeps recipients and content in clear. If that is meant, say so with maskSensitiveContent: false; otherwise use 'masked'.",
      { code: CoreErrorCode.CONFIG_INVALID },
    );
  }
  return contentPrivacyLevel ?? (maskSensitiveContent ? ContentPrivacy.MASKED : ContentPrivacy.PUBLIC);
}

function isClock(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'now' in value && 'schedule' in value;
}
