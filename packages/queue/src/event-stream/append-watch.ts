import type { Clock } from '@townkrier/core';
import type { EventLog } from '../job-store.ts';
import { Nap } from './nap.ts';

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
  readonly #nap: Nap;
  #hasNews = false;

  constructor(parts: AppendWatchParts) {
    this.#parts = parts;
    this.#nap = new Nap(parts.clock);
    this.#stopListening = parts.log.onAppend(this.#onNews);
    parts.over.addEventListener('abort', this.#onNews);
  }

  /** Resolves when there may be more than when it resolved before, or it is over. */
  async news(): Promise<void> {
    const { over, pollInterval } = this.#parts;
    if (!this.#hasNews && !over.aborted) await this.#nap.take(pollInterval);
    this.#hasNews = false;
  }

  close(): void {
    this.#stopListening();
    this.#parts.over.removeEventListener('abort', this.#onNews);
  }

  readonly #onNews = (): void => {
    this.#hasNews = true;
    this.#nap.end();
  };
}
