import type { Clock } from '@townkrier/core';

/** Milliseconds, the longest that Node's timers take. */
const LONGEST_INTERVAL = 2 ** 31 - 1;

/** A wait that may be ended early, for one at a time. It keeps the process alive: whoever takes it has something left to do. */
export class Nap {
  readonly #clock: Clock;
  #end: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after so many milliseconds, or when it is ended. */
  async take(ms: number): Promise<void> {
    const keepAlive = setInterval(() => undefined, LONGEST_INTERVAL);
    await new Promise<void>((resolve) => {
      const timer = this.#clock.schedule(resolve, ms);
      this.#end = () => {
        timer.cancel();
        resolve();
      };
    });
    clearInterval(keepAlive);
  }

  /** Ends the one that is taken. Does nothing when none is. */
  readonly end = (): void => this.#end();
}
