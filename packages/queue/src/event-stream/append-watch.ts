import type { Clock } from '@townkrier/core';
import type { EventLog } from '../job-store.ts';

/** Milliseconds, the longest that Node's timers take. */
const LONGEST_INTERVAL = 2 ** 31 - 1;

/** What an {@link AppendWatch} works with. */
export interface AppendWatchParts {
  readonly log: EventLog;
  readonly clock: Clock;
  /** Milliseconds after which it looks though nothing told it to. */
  readonly pollInterval: number;
  /** Aborts when nobody wants to know any more. */
  readonly over: AbortSignal;
}

/** Waits for events that were not there before. */
export class AppendWatch {
  readonly #parts: AppendWatchParts;
  readonly #stopListening: () => void;
  #hasNews = false;
  /** Ends the wait under way. */
  #goOn: () => void = () => undefined;

  constructor(parts: AppendWatchParts) {
    this.#parts = parts;
    this.#stopListening = parts.log.onAppend(this.#onNews);
    parts.over.addEventListener('abort', this.#onNews);
  }

  /** Resolves when there may be more than when it resolved before, or it is over. */
  async news(): Promise<void> {
    if (!this.#hasNews && !this.#parts.over.aborted) await this.#wait();
    this.#hasNews = false;
  }

  close(): void {
    this.#stopListening();
    this.#parts.over.removeEventListener('abort', this.#onNews);
  }

  async #wait(): Promise<void> {
    const { clock, pollInterval } = this.#parts;
    // Who waits for events has something to do, as a worker has: the process must not end meanwhile.
    const keepAlive = setInterval(() => undefined, LONGEST_INTERVAL);
    const timer = clock.schedule(() => this.#goOn(), pollInterval);
    await new Promise<void>((resolve) => {
      this.#goOn = resolve;
    });
    timer.cancel();
    clearInterval(keepAlive);
  }

  readonly #onNews = (): void => {
    this.#hasNews = true;
    this.#goOn();
  };
}
