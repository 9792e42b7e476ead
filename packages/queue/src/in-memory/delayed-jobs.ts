import type { JobRecord } from './job-record.ts';
import type { QueueShelf } from './queue-shelf.ts';

/** Jobs that are not due yet. Asking whether any has become due compares one number. */
export class DelayedJobs {
  /** No job is due before this moment. May be too early after a removal, which costs one look. */
  #nothingDueBefore = Number.POSITIVE_INFINITY;

  push(record: JobRecord): void {
    record.shelf.delayed.push(record);
    this.#nothingDueBefore = Math.min(this.#nothingDueBefore, record.dueAt);
  }

  remove(record: JobRecord): void {
    record.shelf.delayed.remove(record);
  }

  /** Takes out all jobs that are due, and hands them over in the order in which they became so within each queue. */
  takeDue(now: number, shelves: readonly QueueShelf[], take: (record: JobRecord) => void): void {
    if (now < this.#nothingDueBefore) return;
    for (const { delayed } of shelves) {
      for (let head = delayed.head; head !== undefined && head.dueAt <= now; head = delayed.head) {
        delayed.remove(head);
        take(head);
      }
    }
    this.#nothingDueBefore = this.nextDueAt(shelves) ?? Number.POSITIVE_INFINITY;
  }

  /** When the next job of these queues is due; `null` when none waits. */
  nextDueAt(shelves: readonly QueueShelf[]): number | null {
    let next: number | null = null;
    for (const { delayed } of shelves) {
      const dueAt = delayed.head?.dueAt;
      if (dueAt !== undefined && (next === null || dueAt < next)) next = dueAt;
    }
    return next;
  }
}
