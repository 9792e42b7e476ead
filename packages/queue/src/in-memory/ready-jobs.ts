import type { JobRecord } from './job-record.ts';
import type { QueueShelf } from './queue-shelf.ts';

/**
 * Jobs that are due. Within one queue and priority they stand in the order in which they became due. Taking the next costs the same however many
 * wait; it grows only with the number of queues looked at and of priorities in use.
 */
export class ReadyJobs {
  #size = 0;

  push(record: JobRecord): void {
    record.shelf.laneFor(record.priority).pushInOrder(record);
    this.#size++;
  }

  remove(record: JobRecord): void {
    record.list?.remove(record);
    this.#size--;
  }

  /** The job of these queues to run next: highest priority, then due first, then created first. */
  peek(shelves: readonly QueueShelf[]): JobRecord | null {
    if (this.#size === 0) return null;
    let best: JobRecord | null = null;
    for (const shelf of shelves) {
      const first = shelf.firstReady();
      if (first !== null && (best === null || runsBefore(first, best))) best = first;
    }
    return best;
  }
}

function runsBefore(a: JobRecord, b: JobRecord): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.sequence < b.sequence);
}
