import type { JsonValue } from '@townkrier/core';
import type { LoggedEvents } from '../job-store.ts';

/*
 * For logs that number their events one by one: the cursor of an event is its number. A log begins with the microseconds since the epoch of its making, so that one that was made anew
 * gives no number again that an older one gave.
 */

/** Before the first number there can be. */
const NOWHERE = -1;

/** How much a log may keep beyond what it has to, as a part of that: so much is thrown away at once. */
const SURPLUS = 0.1;

/** An event and its number. */
export interface NumberedEvent {
  readonly number: number;
  readonly event: JsonValue;
}

/** The number after which to read. A cursor that a log with this latest number never gave stands before all of them. */
export function toEventNumber(cursor: string | null, latest: number): number {
  const number = cursor !== null && /^\d{1,16}$/.test(cursor) ? Number(cursor) : NOWHERE;
  return number > latest ? NOWHERE : number;
}

/** What a log answers that found these events after the number of a cursor. */
export function toLoggedEvents(
  cursor: string | null,
  number: number,
  found: readonly NumberedEvent[],
): LoggedEvents {
  const [first] = found;
  return {
    events: found.map((each) => ({ cursor: String(each.number), event: each.event })),
    isGap: cursor !== null && first !== undefined && first.number !== number + 1,
  };
}

/** The number up to which old events go, now that `added` were appended as the latest; `null` when it is not yet worth it. */
export function lastToTrim(latest: number, added: number, keep: number): number | null {
  const chunk = Math.max(1, Math.floor(keep * SURPLUS));
  const isDue = Math.floor(latest / chunk) !== Math.floor((latest - added) / chunk);
  return isDue ? latest - keep : null;
}
