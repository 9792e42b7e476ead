import { TownKrierError } from '@townkrier/core';
import { QueueError, QueueErrorCode } from '@townkrier/queue';

/** The codes that `@townkrier/bullmq` throws, besides those of the contract it keeps. `docs/reference/errors.md` says what to do about each. */
export const BullMqErrorCode = {
  /** The installed BullMQ does its work in a way that this version does not know. */
  BULLMQ_UNSUPPORTED_VERSION: 'BULLMQ_UNSUPPORTED_VERSION',
} as const;
export type BullMqErrorCode = (typeof BullMqErrorCode)[keyof typeof BullMqErrorCode];

/** What goes wrong with BullMQ itself. Compare `code`. */
export class BullMqError extends TownKrierError {
  declare readonly code: BullMqErrorCode;

  constructor(code: BullMqErrorCode, message: string) {
    super(message, { code });
  }

  /** Whether a caught value is one, also from another copy of this package. */
  static override is(error: unknown, code?: BullMqErrorCode): error is BullMqError {
    return TownKrierError.is(error, code) && error.code.startsWith('BULLMQ_');
  }
}

/** The error for a Redis that cannot be reached, does not answer in time, or refuses. Errors of the library stay what they are. */
export function toUnavailable(error: unknown): TownKrierError {
  if (TownKrierError.is(error)) return error;
  const reason = error instanceof Error ? error.message || error.name : String(error);
  return new QueueError(
    QueueErrorCode.QUEUE_UNAVAILABLE,
    `Redis is not available: ${reason.replace(/\.$/, '')}.`,
    error,
  );
}
