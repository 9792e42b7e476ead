/** Each bin reaches √2 times as far as the one before: an estimate is off by a fifth at most. */
const GROWTH = Math.SQRT2;
/** The last bin begins beyond a day; everything longer falls into it. */
const BINS = 56;

/** Durations, counted by size, in the same memory whatever their number. */
export class DurationHistogram {
  readonly #bins = new Uint32Array(BINS);
  #total = 0;

  add(durationMs: number): void {
    const bin = durationMs < 1 ? 0 : 1 + Math.floor(Math.log(durationMs) / Math.log(GROWTH));
    this.#count(Math.min(bin, BINS - 1), 1);
  }

  addAll(other: DurationHistogram): void {
    other.#bins.forEach((count, bin) => {
      this.#count(bin, count);
    });
  }

  clear(): void {
    this.#bins.fill(0);
    this.#total = 0;
  }

  /** The median and the 95th percentile in milliseconds; `null` when nothing was counted. */
  percentiles(): { p50: number; p95: number } | null {
    if (this.#total === 0) return null;
    return { p50: this.#percentile(0.5), p95: this.#percentile(0.95) };
  }

  #count(bin: number, by: number): void {
    this.#bins[bin] = (this.#bins[bin] ?? 0) + by;
    this.#total += by;
  }

  #percentile(share: number): number {
    let left = Math.ceil(this.#total * share);
    for (let bin = 0; bin < BINS; bin += 1) {
      left -= this.#bins[bin] ?? 0;
      if (left <= 0) return middleOf(bin);
    }
    return middleOf(BINS - 1);
  }
}

function middleOf(bin: number): number {
  return bin === 0 ? 0 : Math.round(GROWTH ** (bin - 0.5));
}
