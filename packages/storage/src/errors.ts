import { TownKrierError } from '@townkrier/core';

/** The codes that `@townkrier/storage` throws, besides `CONFIG_INVALID` of core for wrong options. */
export const StorageErrorCode = {
  /** A command named a row that does not exist. */
  STORAGE_LOG_NOT_FOUND: 'STORAGE_LOG_NOT_FOUND',
  /** A row with this id, or this idempotency key, exists already. */
  STORAGE_DUPLICATE: 'STORAGE_DUPLICATE',
  /** A row, or a change to one, is malformed. */
  STORAGE_LOG_INVALID: 'STORAGE_LOG_INVALID',
  /** A filter, a page or a moment asked for is malformed. */
  STORAGE_FILTER_INVALID: 'STORAGE_FILTER_INVALID',
  /** A change would show more of a row than it was stored with. */
  STORAGE_PRIVACY_LOWERED: 'STORAGE_PRIVACY_LOWERED',
  /** The adapter holds as many rows as it may, and none of them is finished. */
  STORAGE_FULL: 'STORAGE_FULL',
  /** The storage was used after `close()`. */
  STORAGE_CLOSED: 'STORAGE_CLOSED',
  /** The adapter's database did not answer, or failed; the cause says how. */
  STORAGE_UNAVAILABLE: 'STORAGE_UNAVAILABLE',
  /** The adapter threw while the recorder wrote; the cause says what. */
  STORAGE_WRITE_FAILED: 'STORAGE_WRITE_FAILED',
  /** The adapter did not answer the recorder in time. The send went on without it. */
  STORAGE_TIMEOUT: 'STORAGE_TIMEOUT',
  /** Too many writes of the recorder wait for the adapter; this one was not begun. */
  STORAGE_OVERLOADED: 'STORAGE_OVERLOADED',
  /** `record` was called twice for the same notification manager. */
  STORAGE_ALREADY_RECORDING: 'STORAGE_ALREADY_RECORDING',
} as const;
export type StorageErrorCode = (typeof StorageErrorCode)[keyof typeof StorageErrorCode];

/** What goes wrong in the delivery log. Compare `code`. Messages name ids, never recipients or content. */
export class StorageError extends TownKrierError {
  constructor(code: StorageErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, { code, cause: options.cause });
  }
}
