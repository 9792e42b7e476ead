import type { JsonValue } from '@townkrier/core';
import type { LoggedEvent, LoggedEvents } from '../job-store.ts';

/*
 * For logs that number their events one by one: the cursor of an event is its number. A log begins with the microseconds since the epoch of its making, so that one that was made anew
 * gives no number again that an older one gave.
 */

/** Before the first number there can be. */
const NOWHERE = -1;

/** How much a log may keep beyond what it has to, as a part of that: so much is thrown away at once. */
const SURPLUS = 0.1;

/** Events that were appended together, as a log may keep them: in one piece, which costs little more than one of them. */
export interface EventBatch {
  /** The number of the last; the others have those before it. */
  readonly last: number;
  readonly events: readonly JsonValue[];
}

/** The number after which to read. A cursor that a log with this latest number never gave stands before all of them. */
export function toEventNumber(cursor: string | null, latest: number): number {
  const number = cursor !== null && /^\d{1,16}$/.test(cursor) ? Number(cursor) : NOWHERE;
  return number > latest ? NOWHERE : number;
}

/** What a log answers that found these after the number of a cursor, of which the first may have begun before it. */
export function toLoggedEvents(
  cursor: string | null,
  number: number,
  { batches, limit }: { readonly batches: readonly EventBatch[]; readonly limit: number },
): LoggedEvents {
  const found: LoggedEvent[] = [];
  for (const { last, events } of batches) {
    const before = last - events.length;
    const skipped = Math.max(0, number - before);
    const rest = events.slice(skipped, skipped + limit - found.length);
    for (const [i, event] of rest.entries()) found.push({ cursor: String(before + skipped + i + 1), event });
  }
  const [oldest] = batches;
  const isGap = cursor !== null && oldest !== undefined && oldest.last - oldest.events.length > number;
  return { events: found, isGap };
}

/** The number up to which old events may go, now that `added` were appended as the latest; `null` when it is not yet worth it. */
export function lastToTrim(latest: number, added: number, keep: number): number | null {
  const chunk = Math.max(1, Math.floor(keep * SURPLUS));
  const isDue = Math.floor(latest / chunk) !== Math.floor((latest - added) / chunk);
  return isDue ? latest - keep : null;
}
