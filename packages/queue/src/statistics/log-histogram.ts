/** A bucket ends at so many times where it begins. What it says of a value is the middle of the two, and so at most 4.8 % off: (GROWTH − 1) / (GROWTH + 1). */
const GROWTH = 1.1;
const LOG_GROWTH = Math.log(GROWTH);

/** The bucket of what took less than a millisecond. */
const NO_TIME = -1;

/** How many values there are of about one size: the number of the bucket, and the count. */
export type Bucket = readonly [index: number, count: number];

/** How long things took, in a few hundred counts however many there were: percentiles are at most 5 % off. */
export class LogHistogram {
  readonly #counts: Map<number, number>;
  #total = 0;

  constructor(buckets: readonly Bucket[] = []) {
    this.#counts = new Map(buckets);
    for (const [, count] of buckets) this.#total += count;
  }

  /** Milliseconds. */
  add(ms: number): void {
    this.#count(bucketOf(ms), 1);
  }

  addAll(other: LogHistogram): void {
    for (const [index, count] of other.#counts) this.#count(index, count);
  }

  /**
   * About what so many of a hundred values were at most, in milliseconds; `null` when there are none.
   * @param percent - Above 0, up to 100.
   */
  percentile(percent: number): number | null {
    let left = Math.ceil((percent / 100) * this.#total);
    for (const [index, count] of this.buckets) {
      left -= count;
      if (left <= 0) return middleOf(index);
    }
    return null;
  }

  /** By size. */
  get buckets(): readonly Bucket[] {
    return [...this.#counts].sort(([one], [other]) => one - other);
  }

  #count(index: number, count: number): void {
    this.#counts.set(index, (this.#counts.get(index) ?? 0) + count);
    this.#total += count;
  }
}

function bucketOf(ms: number): number {
  if (!(ms >= 1)) return NO_TIME;
  return Math.ceil(Math.log(Math.min(ms, Number.MAX_SAFE_INTEGER)) / LOG_GROWTH);
}

function middleOf(index: number): number {
  return index === NO_TIME ? 0 : (2 * GROWTH ** index) / (GROWTH + 1);
}
