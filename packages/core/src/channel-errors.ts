import { CoreErrorCode, TownKrierError } from './errors.ts';

/** How a delivery can go wrong, as far as it matters for what comes next. */
export const ChannelOutcome = {
  /** The provider will never take this message: do not try again. */
  PERMANENT: 'permanent',
  /** It may work later, or elsewhere; nothing was sent. */
  TRANSIENT: 'transient',
  /** Not now: the provider asked to wait. Nothing was sent. */
  RATE_LIMITED: 'rate_limited',
  /** The address does not exist or cannot be used. Retrying is pointless, another provider too. */
  INVALID_ADDRESS: 'invalid_address',
  /** The provider may or may not have taken it: a timeout or a cut connection after the request went out. */
  UNKNOWN: 'unknown',
} as const;
export type ChannelOutcome = (typeof ChannelOutcome)[keyof typeof ChannelOutcome];

/** What an outcome error may say besides its message. Messages must carry neither secrets nor the body of the message. */
export interface ChannelErrorOptions {
  /** The provider's name, for the log. */
  readonly provider?: string;
  /** HTTP or SMTP status, where there was one. */
  readonly status?: number;
  /** The provider's own code, such as `invalid_from_address`. */
  readonly providerCode?: string;
  readonly cause?: unknown;
}

/** The base of the five outcomes. Throw one of the subclasses. */
export abstract class ChannelError extends TownKrierError {
  abstract readonly outcome: ChannelOutcome;
  readonly provider: string | undefined;
  readonly status: number | undefined;
  readonly providerCode: string | undefined;

  constructor(code: CoreErrorCode, message: string, options: ChannelErrorOptions = {}) {
    super(message, { code, cause: options.cause });
    this.provider = options.provider;
    this.status = options.status;
    this.providerCode = options.providerCode;
  }

  /** Whether a caught value is one of the five outcomes, also from another copy of this package. */
  static override is(error: unknown): error is ChannelError {
    return TownKrierError.is(error) && 'outcome' in error && typeof error.outcome === 'string';
  }
}

/** The provider refused for good (`CHANNEL_REJECTED`): wrong content, unverified sender, bad credentials. */
export class PermanentError extends ChannelError {
  readonly outcome = ChannelOutcome.PERMANENT;
  constructor(message: string, options?: ChannelErrorOptions) {
    super(CoreErrorCode.CHANNEL_REJECTED, message, options);
  }
}

/** It certainly was not sent and may work later (`CHANNEL_UNAVAILABLE`): connection refused, HTTP 503, SMTP 4xx. */
export class TransientError extends ChannelError {
  readonly outcome = ChannelOutcome.TRANSIENT;
  /** Milliseconds to wait before the next try, if the provider said so. */
  readonly retryAfterMs: number | undefined;
  constructor(message: string, options: ChannelErrorOptions & { readonly retryAfterMs?: number } = {}) {
    super(CoreErrorCode.CHANNEL_UNAVAILABLE, message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The provider asked to wait (`CHANNEL_RATE_LIMITED`); it was not sent. */
export class RateLimitedError extends ChannelError {
  readonly outcome = ChannelOutcome.RATE_LIMITED;
  /** Milliseconds to wait before the next try, if the provider said so. */
  readonly retryAfterMs: number | undefined;
  constructor(message: string, options: ChannelErrorOptions & { readonly retryAfterMs?: number } = {}) {
    super(CoreErrorCode.CHANNEL_RATE_LIMITED, message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The address is unusable (`CHANNEL_ADDRESS_INVALID`): malformed, unknown to the provider, a dead device token. */
export class InvalidAddressError extends ChannelError {
  readonly outcome = ChannelOutcome.INVALID_ADDRESS;
  constructor(message: string, options?: ChannelErrorOptions) {
    super(CoreErrorCode.CHANNEL_ADDRESS_INVALID, message, options);
  }
}

/** Nobody knows whether it was sent (`CHANNEL_OUTCOME_UNKNOWN`): retried only where the provider honours idempotency keys, never failed over. */
export class UnknownOutcomeError extends ChannelError {
  readonly outcome = ChannelOutcome.UNKNOWN;
  constructor(message: string, options?: ChannelErrorOptions) {
    super(CoreErrorCode.CHANNEL_OUTCOME_UNKNOWN, message, options);
  }
}
