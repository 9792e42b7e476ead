import { DueHeap } from './due-heap.ts';
import type { JobRecord } from './job-record.ts';

/** Jobs that are not due yet, by queue. Asking whether any has become due compares one number. */
export class DelayedJobs {
  readonly #heaps = new Map<string, DueHeap>();
  /** No job is due before this moment. May be too early after a removal, which costs one look. */
  #nothingDueBefore = Number.POSITIVE_INFINITY;

  push(record: JobRecord): void {
    let heap = this.#heaps.get(record.queue);
    if (heap === undefined) {
      heap = new DueHeap();
      this.#heaps.set(record.queue, heap);
    }
    heap.push(record);
    this.#nothingDueBefore = Math.min(this.#nothingDueBefore, record.dueAt);
  }

  remove(record: JobRecord): void {
    this.#heaps.get(record.queue)?.remove(record);
  }

  /** Takes out all jobs that are due, and hands them over in the order in which they became so within each queue. */
  takeDue(now: number, take: (record: JobRecord) => void): void {
    if (now < this.#nothingDueBefore) return;
    for (const heap of this.#heaps.values()) {
      for (let head = heap.head; head !== undefined && head.dueAt <= now; head = heap.head) {
        heap.remove(head);
        take(head);
      }
    }
    this.#nothingDueBefore = this.nextDueAt() ?? Number.POSITIVE_INFINITY;
  }

  /** When the next job of these queues is due; `null` when none waits. */
  nextDueAt(queues?: readonly string[]): number | null {
    let next: number | null = null;
    for (const queue of queues ?? this.#heaps.keys()) {
      const dueAt = this.#heaps.get(queue)?.head?.dueAt;
      if (dueAt !== undefined && (next === null || dueAt < next)) next = dueAt;
    }
    return next;
  }
}
