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
    record.list = this;
    record.previous = this.#tail;
    record.next = null;
    if (this.#tail === null) this.#head = record;
    else this.#tail.next = record;
    this.#tail = record;
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
