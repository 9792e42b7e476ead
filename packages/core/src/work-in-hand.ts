import type { Clock } from './clock.ts';

/** Counts what runs, so that closing can wait for it. */
export class WorkInHand {
  readonly #clock: Clock;
  readonly #running = new Set<Promise<unknown>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `work` and counts it until it ends. */
  track<Value>(work: () => Promise<Value>): Promise<Value> {
    const running = work();
    this.#running.add(running);
    const forget = (): void => {
      this.#running.delete(running);
    };
    running.then(forget, forget);
    return running;
  }

  /** Resolves when nothing runs, or after `patienceMs` milliseconds. */
  async settle(patienceMs: number): Promise<void> {
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.schedule(resolve, patienceMs);
      void Promise.allSettled(this.#running).then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}
