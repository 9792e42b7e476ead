import type { JobRecord } from './job-record.ts';

/** Jobs of which the first can always be told. A binary heap that knows each job's place, so any can be removed. A job stands in at most one. */
export class JobHeap {
  readonly #records: JobRecord[] = [];
  readonly #isBefore: (a: JobRecord, b: JobRecord) => boolean;

  /** @param isBefore - The order; it must not change for a job while it is inside. */
  constructor(isBefore: (a: JobRecord, b: JobRecord) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#records.length;
  }

  /** The first job. */
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
      if (parent === undefined || !this.#isBefore(record, parent)) break;
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
      if (child === undefined || !this.#isBefore(child, record)) break;
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
      leftRecord !== undefined && rightRecord !== undefined && this.#isBefore(rightRecord, leftRecord);
    return isRight ? left + 1 : left;
  }

  #place(record: JobRecord, index: number): void {
    this.#records[index] = record;
    record.heapIndex = index;
  }
}
