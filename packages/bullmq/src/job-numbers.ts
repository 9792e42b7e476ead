/** Jobs that one process can number in a millisecond without running ahead of time. */
const PER_MILLISECOND = 1024;

/**
 * Numbers jobs in the order of creation: by the moment, and those of one moment in the order in which this process adds them. Two processes may give one
 * number at the same moment. Exact up to the year 2248.
 */
export class JobNumbers {
  #next = 0;

  /** @returns the first of so many numbers in a row, each higher than all before. */
  take(count: number, now: number): number {
    const first = Math.max(this.#next, now * PER_MILLISECOND);
    this.#next = first + count;
    return first;
  }
}
