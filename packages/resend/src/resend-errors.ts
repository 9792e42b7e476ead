import {
  type ChannelError,
  ChannelOutcome,
  InvalidAddressError,
  PermanentError,
  RateLimitedError,
  TransientError,
  UnknownOutcomeError,
} from '@townkrier/core';

/** Milliseconds to wait when a daily or monthly quota is used up and Resend does not say how long. */
export const QUOTA_WAIT = 3_600_000;

/** What a reply comes to, and in which words. */
interface Meaning {
  readonly outcome: ChannelOutcome;
  /** Completes "Resend answered 403 invalid_api_key: …". */
  readonly says: string;
  /** Milliseconds to wait where the reply's headers name no time. */
  readonly wait?: number;
}

/** What of a reply decides: nothing of its body but the error's name, and its message only to recognise a bad address. */
export interface ResendRefusal {
  readonly status: number;
  readonly name: string | undefined;
  readonly message: string | undefined;
  /** Milliseconds its headers ask to wait. */
  readonly retryAfterMs: number | undefined;
}

const { PERMANENT, TRANSIENT, RATE_LIMITED, INVALID_ADDRESS, UNKNOWN } = ChannelOutcome;

/**
 * Every error that Resend documents for sending (resend.com/docs/api-reference/errors), by its `name`.
 *
 * A server error counts as unknown: the message may have been taken before the answer failed. Retrying is safe, because
 * Resend gives a repeated `Idempotency-Key` its first answer for 24 hours.
 */
const BY_NAME: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  [
    'invalid_idempotency_key',
    { outcome: PERMANENT, says: 'the idempotency key must have 1 to 256 characters' },
  ],
  [
    'validation_error',
    { outcome: PERMANENT, says: 'a field is not valid, or the sending domain is not verified' },
  ],
  ['missing_required_field', { outcome: PERMANENT, says: 'the message lacks a field' }],
  ['invalid_attachment', { outcome: PERMANENT, says: 'an attachment has no content' }],
  ['invalid_from_address', { outcome: PERMANENT, says: 'the sender is not valid; check `from`' }],
  ['invalid_parameter', { outcome: PERMANENT, says: 'a parameter is not valid' }],
  ['invalid_access', { outcome: PERMANENT, says: "the API key's access is not valid" }],
  ['invalid_region', { outcome: PERMANENT, says: 'the region is not valid' }],
  ['missing_api_key', { outcome: PERMANENT, says: 'the request carried no API key' }],
  ['restricted_api_key', { outcome: PERMANENT, says: 'the API key may not do this' }],
  ['invalid_api_key', { outcome: PERMANENT, says: 'the API key is not valid; check `apiKey`' }],
  ['not_found', { outcome: PERMANENT, says: 'there is no such endpoint; check `baseUrl`' }],
  ['method_not_allowed', { outcome: PERMANENT, says: 'the endpoint takes no POST; check `baseUrl`' }],
  // Resend holds another message under this key, so something was sent once; whether it was this message, nobody can tell.
  [
    'invalid_idempotent_request',
    { outcome: UNKNOWN, says: 'it already has other content under this idempotency key' },
  ],
  [
    'concurrent_idempotent_requests',
    { outcome: UNKNOWN, says: 'a request with this idempotency key is still running' },
  ],
  ['rate_limit_exceeded', { outcome: RATE_LIMITED, says: 'too many requests a second' }],
  ['daily_quota_exceeded', { outcome: RATE_LIMITED, says: 'the daily quota is used up', wait: QUOTA_WAIT }],
  [
    'monthly_quota_exceeded',
    { outcome: RATE_LIMITED, says: 'the monthly quota is used up', wait: QUOTA_WAIT },
  ],
  ['security_error', { outcome: PERMANENT, says: 'it found a security issue; ask its support' }],
  ['application_error', { outcome: UNKNOWN, says: 'it failed, perhaps after taking the message' }],
  ['internal_server_error', { outcome: UNKNOWN, says: 'it failed, perhaps after taking the message' }],
]);

/** Replies without a name we know: proxies and outages answer in HTML. */
const BY_STATUS: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [408, { outcome: TRANSIENT, says: 'it did not receive the whole request' }],
  [409, { outcome: UNKNOWN, says: 'another request is in its way' }],
  [425, { outcome: TRANSIENT, says: 'the request came too early' }],
  [429, { outcome: RATE_LIMITED, says: 'too many requests' }],
  // The one server error that says "not taken": 500, 502 and 504 may come after the message was accepted.
  [503, { outcome: TRANSIENT, says: 'it is not available' }],
]);

function meaningOf({ status, name, message }: ResendRefusal): Meaning {
  if (name === 'validation_error' && message?.startsWith('Invalid `to` field')) {
    return { outcome: INVALID_ADDRESS, says: "the recipient's address is not valid" };
  }
  const known = BY_NAME.get(name ?? '') ?? BY_STATUS.get(status);
  if (known !== undefined) return known;
  if (status >= 500) return { outcome: UNKNOWN, says: 'it failed, perhaps after taking the message' };
  if (status >= 400) return { outcome: PERMANENT, says: 'it refused the request' };
  return { outcome: PERMANENT, says: 'this is not an answer of its API; check `baseUrl`' };
}

/** Turns a reply other than success into the outcome it stands for. The error carries no text of the reply. */
export function refusalToError(refusal: ResendRefusal): ChannelError {
  const meaning = meaningOf(refusal);
  const name = BY_NAME.has(refusal.name ?? '') ? refusal.name : undefined;
  const text = `Resend answered ${[refusal.status, name].filter(Boolean).join(' ')}: ${meaning.says}.`;
  const options = {
    provider: 'resend',
    status: refusal.status,
    ...(name !== undefined && { providerCode: name }),
  };
  switch (meaning.outcome) {
    case PERMANENT:
      return new PermanentError(text, options);
    case TRANSIENT:
      return new TransientError(text, { ...options, ...waitOf(refusal, meaning) });
    case INVALID_ADDRESS:
      return new InvalidAddressError(text, options);
    case UNKNOWN:
      return new UnknownOutcomeError(text, options);
    case RATE_LIMITED:
      return new RateLimitedError(text, { ...options, ...waitOf(refusal, meaning) });
  }
}

function waitOf(refusal: ResendRefusal, meaning: Meaning): { readonly retryAfterMs?: number } {
  const retryAfterMs = refusal.retryAfterMs ?? meaning.wait;
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

/** Success without a message id that can be read: Resend most likely took the message, but did not say which it is. */
export function unreadableReplyError(status: number): UnknownOutcomeError {
  return new UnknownOutcomeError(`Resend answered ${status} without a message id that can be read.`, {
    provider: 'resend',
    status,
  });
}

/** System errors that happen before a byte of the request is sent. */
const NOT_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/**
 * Turns what `fetch` threw into an outcome. Only a request that certainly did not leave is transient; a reset, a timeout
 * or an abort may have come after Resend took the message.
 */
export function fetchFailureToError(failure: unknown): TransientError | UnknownOutcomeError {
  const code = systemCodeOf(failure);
  const options = { provider: 'resend', cause: failure, ...(code !== undefined && { providerCode: code }) };
  if (code !== undefined && NOT_CONNECTED.has(code)) {
    return new TransientError(`Resend could not be reached (${code}); nothing was sent.`, options);
  }
  const why = code ?? (failure instanceof Error ? failure.name : 'no reason given');
  return new UnknownOutcomeError(`The request to Resend ended without an answer (${why}).`, options);
}

/** `fetch` wraps the system's error; one level is enough for every one that Node.js throws. */
function systemCodeOf(failure: unknown): string | undefined {
  const inner = failure instanceof Error ? failure.cause : undefined;
  const code = inner instanceof Error && 'code' in inner ? inner.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
