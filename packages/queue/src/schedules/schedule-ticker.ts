import type { Clock, Timer } from '@townkrier/core';
import { fireIfDue, type ScheduleAdapter } from './firing.ts';
import { type ScheduleStore, toKept } from './schedule-store.ts';

/** Milliseconds after a change in which others are waited for: what is shared may change many times a second, for reasons of others. */
const CHANGE_WAIT_MS = 1_000;
/** Milliseconds until what failed is tried again. */
const RETRY_MS = 5_000;

/** What a ticker works on. */
export interface ScheduleTickerOptions {
  readonly adapter: ScheduleAdapter;
  readonly store: ScheduleStore;
  readonly clock: Clock;
  /** Milliseconds between two looks at most. */
  readonly pollInterval: number;
  readonly onError: (error: unknown) => void;
}

/**
 * Fires the schedules of a store as they come due, with one timer for the earliest. Any number of tickers may run, in any process. The time is the store's: a process whose clock is
 * wrong fires no earlier and no later than the others, and one whose clock drifts is put right with each look.
 */
export class ScheduleTicker {
  readonly #options: ScheduleTickerOptions;
  readonly #forget: () => void;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #isChanged = false;
  #isStopped = false;

  /** Looks at once. */
  constructor(options: ScheduleTickerOptions) {
    this.#options = options;
    this.#forget = options.store.shared.onChange(() => this.#onChange());
    this.#look();
  }

  /** Resolves when what is in hand has been fired. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#forget();
    this.#timer?.cancel();
    await this.#looking;
  }

  #onChange(): void {
    if (this.#looking === undefined) this.#plan(CHANGE_WAIT_MS);
    else this.#isChanged = true;
  }

  /** Moves the next look to an earlier moment, never to a later one. */
  #plan(delayMs: number): void {
    const at = this.#options.clock.now() + delayMs;
    if (this.#isStopped || at >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.#options.clock.schedule(() => this.#look(), delayMs);
  }

  #look(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#isChanged = false;
    this.#looking = this.#fireDue()
      .catch((error: unknown) => this.#fail(error))
      .then((delayMs) => {
        this.#looking = undefined;
        this.#plan(this.#isChanged ? Math.min(delayMs, CHANGE_WAIT_MS) : delayMs);
      });
  }

  /** @returns milliseconds until the next look. */
  async #fireDue(): Promise<number> {
    const { store, pollInterval } = this.#options;
    const entries = await store.entries();
    const now = await store.shared.now();
    let delayMs = pollInterval;
    for (const entry of entries) {
      if (this.#isStopped) break;
      const nextAt = await this.#fire(() => fireIfDue(this.#options.adapter, store, toKept(entry), now), now);
      if (nextAt !== null) delayMs = Math.min(delayMs, nextAt - now);
    }
    return Math.max(0, delayMs);
  }

  /** One that fails does not keep the others from firing. */
  async #fire(fireOne: () => Promise<number | null>, now: number): Promise<number | null> {
    try {
      return await fireOne();
    } catch (error) {
      return now + this.#fail(error);
    }
  }

  #fail(error: unknown): number {
    this.#options.onError(error);
    return RETRY_MS;
  }
}
