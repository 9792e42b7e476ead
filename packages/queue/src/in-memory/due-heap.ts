import type { JobRecord } from './job-record.ts';

/** Delayed jobs, the next due first; of two due at the same moment the older one. A binary heap that knows each job's place, so any can be removed. */
export class DueHeap {
  readonly #records: JobRecord[] = [];

  get size(): number {
    return this.#records.length;
  }

  /** The next due job. */
  get head(): JobRecord | undefined {
    return this.#records[0];
  }

  push(record: JobRecord): void {
    this.#records.push(record);
    this.#siftUp(this.#records.length - 1, record);
  }

  remove(record: JobRecord): void {
    const index = record.heapIndex;
    record.heapIndex = -1;
    const last = this.#records.pop();
    if (last === undefined || last === record) return;
    const settled = this.#siftUp(index, last);
    if (settled === index) this.#siftDown(index, last);
  }

  *[Symbol.iterator](): Generator<JobRecord> {
    yield* this.#records;
  }

  #siftUp(from: number, record: JobRecord): number {
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#records[parentIndex];
      if (parent === undefined || !isBefore(record, parent)) break;
      this.#place(parent, index);
      index = parentIndex;
    }
    this.#place(record, index);
    return index;
  }

  #siftDown(from: number, record: JobRecord): void {
    let index = from;
    for (;;) {
      const childIndex = this.#earlierChild(index);
      const child = this.#records[childIndex];
      if (child === undefined || !isBefore(child, record)) break;
      this.#place(child, index);
      index = childIndex;
    }
    this.#place(record, index);
  }

  #earlierChild(index: number): number {
    const left = 2 * index + 1;
    const leftRecord = this.#records[left];
    const rightRecord = this.#records[left + 1];
    const isRight =
      leftRecord !== undefined && rightRecord !== undefined && isBefore(rightRecord, leftRecord);
    return isRight ? left + 1 : left;
  }

  #place(record: JobRecord, index: number): void {
    this.#records[index] = record;
    record.heapIndex = index;
  }
}

function isBefore(a: JobRecord, b: JobRecord): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.sequence < b.sequence);
}
