const MINUTE = 60_000;
/** Keys kept before those whose time is over are forgotten. */
const MANY_KEYS = 1_000;

/** How often somebody may do something: so many times in any minute. Kept in this process alone, which is the only one that answers owners. */
export class RateLimit {
  readonly #max: number;
  readonly #now: () => number;
  readonly #taken = new Map<string, number[]>();

  /** @param max - Times a minute. @param now - Milliseconds since the epoch. */
  constructor(max: number, now: () => number = Date.now) {
    this.#max = max;
    this.#now = now;
  }

  /** Takes one of the times that a key has left. @returns 0, or the milliseconds until it has one again. */
  take(key: string): number {
    const now = this.#now();
    if (this.#taken.size >= MANY_KEYS) this.#forgetOld(now);
    const recent = this.#recent(key, now);
    const [oldest] = recent;
    if (oldest !== undefined && recent.length >= this.#max) return oldest + MINUTE - now;
    this.#taken.set(key, [...recent, now]);
    return 0;
  }

  #recent(key: string, now: number): number[] {
    return (this.#taken.get(key) ?? []).filter((at) => at > now - MINUTE);
  }

  #forgetOld(now: number): void {
    for (const key of this.#taken.keys()) if (this.#recent(key, now).length === 0) this.#taken.delete(key);
  }
}
