import { LOCALE } from './locale.ts';

const UNITS = [
  { unit: 'year', ms: 31_557_600_000 },
  { unit: 'month', ms: 2_629_800_000 },
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
  { unit: 'second', ms: 1000 },
] as const;

const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto', style: 'short' });
const exact = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'long' });
const clock = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'medium' });

/** How far a moment lies from now, in words: `3 min ago`, `in 2 hr`, `now`. Milliseconds since the epoch. */
export function formatRelative(moment: number, now: number): string {
  const distance = moment - now;
  const size = UNITS.find(({ ms }) => Math.abs(distance) >= ms);
  if (size === undefined) return 'now';
  return relative.format(Math.trunc(distance / size.ms), size.unit);
}

/** Date and time to the second, with the zone. */
export function formatExact(moment: number): string {
  return exact.format(moment);
}

/** Time of day to the second. */
export function formatClock(moment: number): string {
  return clock.format(moment);
}

/** A span of milliseconds: `840 ms`, `12.4 s`, `3 min 20 s`, `2 h 5 min`, `1 d 4 h`. */
export function formatSpan(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 1000) return `${whole} ms`;
  // Cut, not rounded: 60 s would be a minute.
  if (ms < 60_000) return `${Math.floor(whole / 100) / 10} s`;
  if (ms < 3_600_000) return pair(ms, { unit: 'min', ms: 60_000 }, { unit: 's', ms: 1000 });
  if (ms < 86_400_000) return pair(ms, { unit: 'h', ms: 3_600_000 }, { unit: 'min', ms: 60_000 });
  return pair(ms, { unit: 'd', ms: 86_400_000 }, { unit: 'h', ms: 3_600_000 });
}

interface SpanUnit {
  readonly unit: string;
  readonly ms: number;
}

function pair(ms: number, big: SpanUnit, small: SpanUnit): string {
  const first = Math.floor(ms / big.ms);
  const second = Math.floor((ms % big.ms) / small.ms);
  return second === 0 ? `${first} ${big.unit}` : `${first} ${big.unit} ${second} ${small.unit}`;
}
