import type { JobRecord } from './job-record.ts';
import { isRanked } from './job-terms.ts';
import type { QueueShelf } from './queue-shelf.ts';
import { runsBefore } from './run-order.ts';

/**
 * Jobs that are due, in the order in which they run. Taking the next costs the same however many wait; it grows only with the number of queues looked
 * at and of priorities in use.
 */
export class ReadyJobs {
  #size = 0;

  /** Takes in a job that was not ready before: a fair one is given its turn. */
  pushNew(record: JobRecord): void {
    const { shelf, terms, priority, dueAt } = record;
    const turn = terms?.isFair ? shelf.turns.next(record, shelf.ranked.firstTurn(priority) ?? dueAt) : dueAt;
    this.#place(record, turn);
  }

  /** Takes in a job by the moment at which it is due. */
  push(record: JobRecord): void {
    this.#place(record, record.dueAt);
  }

  remove(record: JobRecord): void {
    const { shelf, terms } = record;
    if (isRanked(terms)) shelf.ranked.remove(record, terms);
    else record.list?.remove(record);
    if (terms?.isFair) shelf.turns.giveUp(record);
    this.#size--;
  }

  /** The job of these queues to run next. */
  peek(shelves: readonly QueueShelf[]): JobRecord | null {
    if (this.#size === 0) return null;
    let best: JobRecord | null = null;
    for (const shelf of shelves) {
      const first = shelf.firstReady();
      if (first !== null && (best === null || runsBefore(first, best))) best = first;
    }
    return best;
  }

  #place(record: JobRecord, turn: number): void {
    const { shelf, terms } = record;
    if (terms !== null) terms.turn = turn;
    if (terms?.isFair) shelf.turns.take(record, turn);
    if (isRanked(terms)) shelf.ranked.push(record, terms);
    else shelf.laneFor(record.priority).pushInOrder(record);
    this.#size++;
  }
}
