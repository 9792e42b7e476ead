import { LOCALE } from './locale.ts';

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 1 });

/** `12,345`. */
export function formatCount(value: number): string {
  return whole.format(value);
}

/** `12.3k` from ten thousand on; the whole number before. */
export function formatShort(value: number): string {
  return value < 10_000 ? whole.format(value) : compact.format(value);
}

/** A share of a whole: `98.4%`; a dash when there is no whole. Never rounds up to 100 %. */
export function formatShare(part: number, total: number): string {
  if (total <= 0) return '–';
  const share = part / total;
  return percent.format(part < total ? Math.min(share, 0.999) : share);
}
