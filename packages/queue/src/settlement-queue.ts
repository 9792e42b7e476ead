import type { Timer } from '@townkrier/core';
import type { Settlement, SettleResult } from './job-store.ts';
import type { RunningJob } from './running-job.ts';
import { type Runtime, soon } from './runtime.ts';

/** Milliseconds before a commit that failed is tried again. */
const STORE_RETRY_DELAY = 1_000;

/** What is told of each settlement once the store has decided about it. */
export type OnSettled = (running: RunningJob, settlement: Settlement, result: SettleResult) => void;

/**
 * Commits the settlements of one tick together, in order. When the store fails, they are kept and tried again, so that finished work is not repeated
 * because of a hiccup.
 */
export class SettlementQueue {
  readonly #runtime: Runtime;
  readonly #onSettled: OnSettled;
  readonly #onCommit: () => void;
  #settlements: Settlement[] = [];
  #runnings: RunningJob[] = [];
  #isFlushing = false;
  #retryTimer: Timer | undefined;

  /** @param onCommit - Called after each commit, when all its settlements were told of. */
  constructor(runtime: Runtime, onSettled: OnSettled, onCommit: () => void) {
    this.#runtime = runtime;
    this.#onSettled = onSettled;
    this.#onCommit = onCommit;
  }

  push(running: RunningJob, settlement: Settlement): void {
    this.#settlements.push(settlement);
    this.#runnings.push(running);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    soon(this.#runtime.store, this.#startFlush);
  }

  /** Gives up trying again. */
  close(): void {
    this.#retryTimer?.cancel();
  }

  readonly #startFlush = (): void => {
    void this.#flush();
  };

  /** Never rejects. */
  async #flush(): Promise<void> {
    while (this.#settlements.length > 0) {
      const settlements = this.#settlements;
      const runnings = this.#runnings;
      this.#settlements = [];
      this.#runnings = [];
      try {
        const results = await this.#runtime.store.settle(settlements);
        this.#tell(runnings, settlements, results);
      } catch (error) {
        this.#settlements = [...settlements, ...this.#settlements];
        this.#runnings = [...runnings, ...this.#runnings];
        this.#runtime.onError(error);
        this.#retryTimer = this.#runtime.clock.schedule(this.#startFlush, STORE_RETRY_DELAY);
        return;
      }
    }
    this.#isFlushing = false;
  }

  #tell(
    runnings: readonly RunningJob[],
    settlements: readonly Settlement[],
    results: readonly SettleResult[],
  ): void {
    for (let i = 0; i < settlements.length; i++) {
      const running = runnings[i];
      const settlement = settlements[i];
      if (running !== undefined && settlement !== undefined) {
        this.#onSettled(running, settlement, results[i] ?? 'stale');
      }
    }
    this.#onCommit();
  }
}
