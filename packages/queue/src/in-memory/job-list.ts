import type { JobRecord } from './job-record.ts';

/**
 * A first-in-first-out list linked through the records themselves: pushing, taking the head and removing from the middle cost the same at any length,
 * and a removed job leaves nothing behind. A record stands in at most one list.
 */
export class JobList {
  #head: JobRecord | null = null;
  #tail: JobRecord | null = null;
  size = 0;

  get head(): JobRecord | null {
    return this.#head;
  }

  push(record: JobRecord): void {
    this.#insertAfter(this.#tail, record);
  }

  /** As `push`, but before those at the end that are due at the same moment and were created later. */
  pushInOrder(record: JobRecord): void {
    let before = this.#tail;
    while (before !== null && before.dueAt === record.dueAt && before.sequence > record.sequence) {
      before = before.previous;
    }
    this.#insertAfter(before, record);
  }

  #insertAfter(previous: JobRecord | null, record: JobRecord): void {
    const next = previous === null ? this.#head : previous.next;
    record.list = this;
    record.previous = previous;
    record.next = next;
    if (previous === null) this.#head = record;
    else previous.next = record;
    if (next === null) this.#tail = record;
    else next.previous = record;
    this.size++;
  }

  remove(record: JobRecord): void {
    if (record.previous === null) this.#head = record.next;
    else record.previous.next = record.next;
    if (record.next === null) this.#tail = record.previous;
    else record.next.previous = record.previous;
    record.previous = null;
    record.next = null;
    record.list = null;
    this.size--;
  }
}
