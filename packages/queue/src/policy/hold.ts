import type { RateLimit } from './rate-limit.ts';

/** Of the span of a limit. */
const SHARE = 100;
/** Milliseconds: a shorter one would be over before the store had answered. */
const LEAST_MS = 5;
/** How much of a hold that is longer than it has to be is left with each time it was long enough. */
const DECAY = 0.95;

/**
 * How long after it was given a grant may be used. As long as it may, it counts for longer, so it is short: a hundredth of the limit's span. Where a store takes
 * longer than that to answer, it becomes longer for a while, so that jobs start all the same.
 */
export class Hold {
  readonly #usualMs: number;
  readonly #mostMs: number;
  #ms: number;

  constructor({ per }: RateLimit) {
    this.#usualMs = Math.max(per / SHARE, LEAST_MS);
    this.#mostMs = per / 2;
    this.#ms = this.#usualMs;
  }

  get ms(): number {
    return this.#ms;
  }

  /** @param wasLongEnough - Or over before a job could start. */
  note(wasLongEnough: boolean): void {
    this.#ms = wasLongEnough
      ? Math.max(this.#ms * DECAY, this.#usualMs)
      : Math.min(this.#ms * 2, this.#mostMs);
  }
}
