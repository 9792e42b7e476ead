import type { Clock } from '@townkrier/core';

interface KeptRead<Value> {
  readonly value: Promise<Value>;
  /** When it was answered, in milliseconds since the epoch; `null` while it is under way. */
  readAt: number | null;
}

/** Answers that are given again for a while: whoever asks in the meantime, or while the first is still asking, costs nothing. */
export class KeptReads<Value> {
  readonly #clock: Clock;
  readonly #ttl: number;
  readonly #reads = new Map<string, KeptRead<Value>>();

  /** @param ttl - Milliseconds an answer is good for. */
  constructor(clock: Clock, ttl: number) {
    this.#clock = clock;
    this.#ttl = ttl;
  }

  /** What was read a moment ago, or else what `read` gives. A failure is told to those who waited for it, and not kept. */
  get(key: string, read: () => Promise<Value>): Promise<Value> {
    this.#dropOld();
    const kept = this.#reads.get(key);
    return kept === undefined ? this.#begin(key, read) : kept.value;
  }

  /** Lets it be read anew, also if that is under way: the answer may be from before. */
  drop(key: string): void {
    this.#reads.delete(key);
  }

  /** Whether there is nothing that could be given again. */
  get isEmpty(): boolean {
    this.#dropOld();
    return this.#reads.size === 0;
  }

  #begin(key: string, read: () => Promise<Value>): Promise<Value> {
    const value = read();
    const kept: KeptRead<Value> = { value, readAt: null };
    this.#reads.set(key, kept);
    value.then(
      () => {
        kept.readAt = this.#clock.now();
      },
      () => {
        if (this.#reads.get(key) === kept) this.#reads.delete(key);
      },
    );
    return value;
  }

  #dropOld(): void {
    const oldest = this.#clock.now() - this.#ttl;
    for (const [key, { readAt }] of this.#reads) {
      if (readAt !== null && readAt <= oldest) this.#reads.delete(key);
    }
  }
}
