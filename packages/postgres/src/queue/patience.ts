/** Times that a caller may look again at once. */
const QUICK_LOOKS = 3;
/** Milliseconds, the longest wait. */
const LONGEST = 1_000;

/**
 * How long to wait before looking again for jobs that are due but that nobody could claim, because someone else holds locks on them. Usually that is another
 * claim, over in a moment; but it may be a transaction that somebody left open, and asking for as long as it lasts would keep the server busy with nothing.
 */
export class Patience {
  #looks = 0;

  /** Milliseconds: nothing the first times, then longer and longer. */
  next(): number {
    this.#looks += 1;
    return this.#looks <= QUICK_LOOKS ? 0 : Math.min(2 ** (this.#looks - QUICK_LOOKS), LONGEST);
  }

  /** After a claim that found something. */
  reset(): void {
    this.#looks = 0;
  }
}
