/** Milliseconds to wait for a greylisting server that does not say how long: what most of them are set to, five minutes. */
export const GREYLIST_WAIT = 300_000;

/** The longest wait taken from a reply, in milliseconds: one hour. */
const LONGEST_GREYLIST_WAIT = 3_600_000;

const SECONDS = /\b(\d{1,5}) ?s(?:ec|econds?)?\b/i;
const MINUTES = /\b(\d{1,3}) ?min(?:utes?)?\b/i;
const CLOCK = /\b(\d{1,2}):(\d{2}):(\d{2})\b/;

/**
 * How many milliseconds a greylisting server asks to wait, or `undefined` when a reply is not about greylisting.
 *
 * Greylisting refuses the first try of a sender it does not know and takes a later one. Its replies are free text around the word;
 * the usual ones name a time as `in 300 seconds`, `in 5 minutes` or `00:05:00`.
 */
export function readGreylistWait(reply: string): number | undefined {
  if (!/gr[ae]y-?list/i.test(reply)) return undefined;
  return Math.min(readSpan(reply) ?? GREYLIST_WAIT, LONGEST_GREYLIST_WAIT);
}

function readSpan(reply: string): number | undefined {
  const clock = CLOCK.exec(reply);
  if (clock !== null) return (Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3])) * 1000;
  const minutes = MINUTES.exec(reply);
  if (minutes !== null) return Number(minutes[1]) * 60_000;
  const seconds = SECONDS.exec(reply);
  return seconds === null ? undefined : Number(seconds[1]) * 1000;
}
