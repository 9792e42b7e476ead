const BRAND = Symbol.for('townkrier.error');

/** What every error of TownKrier can be told by. Codes are stable; messages are for people and may change. */
export interface TownKrierErrorOptions {
  /** Stable, upper-case, prefixed with its subject: `CONFIG_INVALID`, `QUEUE_FULL`. */
  readonly code: string;
  readonly cause?: unknown;
}

/**
 * The base of every error this library throws. Compare `code`, not the message.
 *
 * Use {@link TownKrierError.is} instead of `instanceof`: it also holds when two copies of the package are installed.
 */
export class TownKrierError extends Error {
  readonly code: string;
  readonly [BRAND] = true;

  constructor(message: string, options: TownKrierErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
  }

  /** Whether a caught value is an error of this library, and, with `code`, that very one. */
  static is(error: unknown, code?: string): error is TownKrierError {
    if (typeof error !== 'object' || error === null || !(BRAND in error)) return false;
    return code === undefined || ('code' in error && error.code === code);
  }
}

/** The codes that `@townkrier/core` throws. `docs/reference/errors.md` says what each means and what to do. */
export const CoreErrorCode = {
  CONFIG_INVALID: 'CONFIG_INVALID',
  CHANNEL_UNKNOWN: 'CHANNEL_UNKNOWN',
  MANAGER_CLOSED: 'MANAGER_CLOSED',
  CHANNEL_NOT_READY: 'CHANNEL_NOT_READY',
  CHANNEL_REJECTED: 'CHANNEL_REJECTED',
  CHANNEL_UNAVAILABLE: 'CHANNEL_UNAVAILABLE',
  CHANNEL_RATE_LIMITED: 'CHANNEL_RATE_LIMITED',
  CHANNEL_ADDRESS_INVALID: 'CHANNEL_ADDRESS_INVALID',
  CHANNEL_OUTCOME_UNKNOWN: 'CHANNEL_OUTCOME_UNKNOWN',
  MESSAGE_INVALID: 'MESSAGE_INVALID',
  MESSAGE_MISSING: 'MESSAGE_MISSING',
  MESSAGE_RENDER_FAILED: 'MESSAGE_RENDER_FAILED',
  MIDDLEWARE_FAILED: 'MIDDLEWARE_FAILED',
  NOTIFICATION_NO_CHANNELS: 'NOTIFICATION_NO_CHANNELS',
  NOTIFICATION_NOT_STORABLE: 'NOTIFICATION_NOT_STORABLE',
  NOTIFICATION_PAYLOAD_INVALID: 'NOTIFICATION_PAYLOAD_INVALID',
  NOTIFICATION_SEND_FAILED: 'NOTIFICATION_SEND_FAILED',
  NOTIFICATION_TYPE_UNKNOWN: 'NOTIFICATION_TYPE_UNKNOWN',
  NOTIFICATION_VERSION_NEWER: 'NOTIFICATION_VERSION_NEWER',
  RECIPIENT_MISSING: 'RECIPIENT_MISSING',
  SEND_ABORTED: 'SEND_ABORTED',
} as const;
export type CoreErrorCode = (typeof CoreErrorCode)[keyof typeof CoreErrorCode];
