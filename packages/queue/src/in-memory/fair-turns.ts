import type { JobRecord } from './job-record.ts';

/** The pending fair jobs of a key. */
interface Line {
  count: number;
  /** The last turn that one of them was given. */
  last: number;
}

/**
 * The turns that the pending fair jobs of one queue have, by priority and group key. A turn is a moment, and the jobs of a key stand a millisecond
 * apart: so the first of each key comes before the second of any.
 *
 * A turn is told when a job becomes pending. Earlier, one for later would hold a place far behind, and those of its key that come meanwhile would
 * queue up behind it. The turn of one that is cancelled is not given out again while others of its key wait.
 */
export class FairTurns {
  readonly #lines = new Map<string, Line>();

  /** The turn of a job that becomes pending: behind the last of its key, else `first`. */
  next(record: JobRecord, first: number): number {
    const line = this.#lines.get(keyOf(record));
    return line === undefined ? first : line.last + 1;
  }

  take(record: JobRecord, turn: number): void {
    const key = keyOf(record);
    const line = this.#lines.get(key);
    this.#lines.set(key, { count: (line?.count ?? 0) + 1, last: Math.max(line?.last ?? turn, turn) });
  }

  giveUp(record: JobRecord): void {
    const key = keyOf(record);
    const line = this.#lines.get(key);
    if (line === undefined) return;
    line.count--;
    if (line.count === 0) this.#lines.delete(key);
  }
}

function keyOf({ priority, groupKey }: JobRecord): string {
  return groupKey === null ? `${priority}` : `${priority} ${groupKey}`;
}
