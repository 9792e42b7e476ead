import { ChannelError, ChannelOutcome } from './channel-errors.ts';
import type { DeliveryFailed, DeliveryUnknown } from './delivery.ts';
import { CoreErrorCode, TownKrierError } from './errors.ts';

/** Errors outside the five outcomes after which another try can help. */
const RETRYABLE_CODES: ReadonlySet<string> = new Set<string>([
  CoreErrorCode.CHANNEL_NOT_READY,
  CoreErrorCode.MIDDLEWARE_FAILED,
  CoreErrorCode.MESSAGE_RENDER_FAILED,
  CoreErrorCode.SEND_ABORTED,
]);

/** Whether nothing was sent and it may work later, or through another provider. */
export function isPassing(error: TownKrierError): boolean {
  if (!ChannelError.is(error)) return RETRYABLE_CODES.has(error.code);
  return error.outcome === ChannelOutcome.TRANSIENT || error.outcome === ChannelOutcome.RATE_LIMITED;
}

/** Milliseconds an error asks to wait, if it does. */
export function retryAfterOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('retryAfterMs' in error)) return undefined;
  const { retryAfterMs } = error;
  return typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? retryAfterMs : undefined;
}

/** What a delivery comes to that ended with `error`. */
export function toFailure(
  error: TownKrierError,
  from: { readonly provider?: string; readonly honoursIdempotencyKey?: boolean } = {},
): DeliveryFailed | DeliveryUnknown {
  const provider = from.provider === undefined ? {} : { provider: from.provider };
  if (ChannelError.is(error) && error.outcome === ChannelOutcome.UNKNOWN) {
    return { status: 'unknown', error, isRetryable: from.honoursIdempotencyKey === true, ...provider };
  }
  const retryAfterMs = retryAfterOf(error) ?? retryAfterOf(error.cause);
  return {
    status: 'failed',
    error,
    isRetryable: isPassing(error),
    ...(error.code === CoreErrorCode.SEND_ABORTED ? { wasTried: false as const } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...provider,
  };
}

/** The failure of a delivery that was aborted before a provider was asked. */
export function abortedFailure(reason: unknown): DeliveryFailed {
  const error = new TownKrierError(
    'The delivery was aborted before a provider was asked; nothing was sent.',
    {
      code: CoreErrorCode.SEND_ABORTED,
      cause: reason,
    },
  );
  return { status: 'failed', error, isRetryable: true, wasTried: false };
}
