import { MINUTE } from './grain.ts';
import type { TalliedSlot } from './tally-shelf.ts';

/** Milliseconds of the past that say how fast a queue is. */
export const THROUGHPUT_WINDOW = 15 * MINUTE.ms;

/** Milliseconds after which what happened weighs half. */
const HALF_LIFE = 3 * MINUTE.ms;

/**
 * Jobs that end in a millisecond, the newest minutes weighing most; `null` when none ended. It counts from the first minute in which one did: a queue that was empty before was not slow.
 *
 * @param slots - Minutes of the window, in their order.
 */
export function throughputOf(slots: readonly TalliedSlot[], now: number): number | null {
  const busy = slots.filter(({ tally }) => tally.ended > 0);
  const [first] = busy;
  if (first === undefined) return null;
  let ended = 0;
  for (const { at, tally } of busy) ended += weightAt(at, now) * tally.ended;
  let passed = 0;
  for (let at = first.at; at <= now; at += MINUTE.ms) {
    passed += weightAt(at, now) * Math.min(MINUTE.ms, Math.max(1, now - at));
  }
  return ended / passed;
}

function weightAt(at: number, now: number): number {
  return 0.5 ** ((now - at) / HALF_LIFE);
}
