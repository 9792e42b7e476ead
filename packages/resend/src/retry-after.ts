import type { Clock } from '@townkrier/core';

/** The longest wait taken from a header, in milliseconds: one day. */
export const LONGEST_RETRY_AFTER = 86_400_000;

/**
 * How many milliseconds a reply asks to wait: `Retry-After` in seconds or as an HTTP date, else `RateLimit-Reset` in seconds.
 * A moment in the past means 0; more than a day is cut to a day; `undefined` when neither header can be read.
 */
export function readRetryAfter(headers: Headers, clock: Clock): number | undefined {
  const wait =
    fromRetryAfter(headers.get('retry-after'), clock) ?? fromSeconds(headers.get('ratelimit-reset'));
  return wait === undefined ? undefined : Math.min(Math.max(wait, 0), LONGEST_RETRY_AFTER);
}

function fromRetryAfter(value: string | null, clock: Clock): number | undefined {
  const seconds = fromSeconds(value);
  if (seconds !== undefined || value === null) return seconds;
  // An HTTP date begins with a weekday; `Date.parse` would also make a date of `-5`.
  const moment = /^[A-Za-z]/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(moment) ? undefined : moment - clock.now();
}

function fromSeconds(value: string | null): number | undefined {
  return value !== null && /^\d{1,10}(\.\d{1,3})?$/.test(value.trim()) ? Number(value) * 1000 : undefined;
}
