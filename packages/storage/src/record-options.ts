import { type Delivery, functionOption, parseOptions, type QueuedDelivery } from '@townkrier/core';
import { z } from 'zod';
import type { ContentPrivacy } from './notification-log.ts';

/** Milliseconds. @see RecordOptions.recordTimeout */
export const DEFAULT_RECORD_TIMEOUT = 5000;
/** A day. */
const LONGEST_TIMEOUT = 86_400_000;

/** How `StorageManager.record` writes. */
export interface RecordOptions {
  /** Milliseconds a send waits for each of its writes to the log; then it goes on without. @default 5000 */
  readonly recordTimeout?: number;
  /**
   * The level of one delivery's row, by its type for instance; `undefined` leaves it to the adapter. What it throws makes the row `private`.
   * @default the adapter's level for all
   */
  readonly privacy?: (delivery: Delivery | QueuedDelivery) => ContentPrivacy | undefined;
}

const optionsSchema = z.strictObject({
  recordTimeout: z.number().int().min(1).max(LONGEST_TIMEOUT).default(DEFAULT_RECORD_TIMEOUT),
  privacy: functionOption<NonNullable<RecordOptions['privacy']>>().default(() => () => undefined),
});
export type ResolvedRecordOptions = Required<RecordOptions>;

/** Checks options and fills in defaults. @throws {TownKrierError} `CONFIG_INVALID` */
export function resolveRecordOptions(options: RecordOptions): ResolvedRecordOptions {
  return parseOptions(optionsSchema, options, 'StorageManager.record');
}
