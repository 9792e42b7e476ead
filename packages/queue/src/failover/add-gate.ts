import type { Clock } from '@townkrier/core';

/**
 * Holds adds back for the moment in which the last waiting jobs move to the primary, so that none slips in between. It is closed at first: until the
 * first look at the primary nobody knows where a job belongs.
 */
export class AddGate {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #isClosed = true;
  #underway = 0;
  #taken = 0;
  #onIdle: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Adds to the fallback so far. */
  get taken(): number {
    return this.#taken;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Lets those that wait go, in the order they came. */
  open(): void {
    this.#isClosed = false;
    for (const go of this.#waiting) go();
  }

  /** Resolves when the gate is open, or after `timeout` milliseconds though it is not. */
  pass(timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        timer.cancel();
        this.#waiting.delete(go);
        resolve();
      };
      const timer = this.#clock.schedule(go, timeout);
      this.#waiting.add(go);
    });
  }

  /** Counts an add to the fallback for as long as it takes. */
  async count<Result>(add: Promise<Result>): Promise<Result> {
    this.#underway += 1;
    this.#taken += 1;
    try {
      return await add;
    } finally {
      this.#underway -= 1;
      if (this.#underway === 0) for (const tell of this.#onIdle.splice(0)) tell();
    }
  }

  /** Resolves when no add to the fallback is under way. */
  async idle(): Promise<void> {
    if (this.#underway > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }
}
