/** How finely time is divided. */
export interface Grain {
  readonly name: 'minute' | 'hour';
  /** Milliseconds of a slot. */
  readonly ms: number;
  /** Milliseconds that slots are kept at least. */
  readonly keepMs: number;
  /** Milliseconds of the slots that are read together. */
  readonly sheetMs: number;
  /** Characters of a moment in ISO 8601 that name a slot. */
  readonly slotLength: number;
  /** Characters of a moment in ISO 8601 that name a sheet. */
  readonly sheetLength: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Minutes, of a day. */
export const MINUTE: Grain = {
  name: 'minute',
  ms: MINUTE_MS,
  keepMs: DAY_MS,
  sheetMs: HOUR_MS,
  slotLength: '2026-01-01T10:30'.length,
  sheetLength: '2026-01-01T10'.length,
};

/** Hours, of thirty days. */
export const HOUR: Grain = {
  name: 'hour',
  ms: HOUR_MS,
  keepMs: 30 * DAY_MS,
  sheetMs: DAY_MS,
  slotLength: '2026-01-01T10'.length,
  sheetLength: '2026-01-01'.length,
};

export const GRAINS: readonly Grain[] = [MINUTE, HOUR];

/** The multiple of a span at or before a moment. */
export function floorTo(at: number, spanMs: number): number {
  return Math.floor(at / spanMs) * spanMs;
}
