import type { Clock, Timer } from '@townkrier/core';
import type { Stats } from '../api-types.ts';

/** Milliseconds between two statistics at least, however much happens. */
const MIN_INTERVAL = 1_000;
/** Milliseconds between two looks while nothing seems to happen: other processes' changes bring no event here. */
const IDLE_INTERVAL = 5_000;

/**
 * Loads the statistics for all streams at once: soon after something changed, every few seconds otherwise, and not at all while nobody listens.
 */
export class StatsFeed {
  readonly #load: () => Promise<Stats>;
  readonly #clock: Clock;
  readonly #listeners = new Set<(stats: Stats) => void>();
  #timer: Timer | null = null;
  #dueAt = Number.POSITIVE_INFINITY;
  #loadedAt = Number.NEGATIVE_INFINITY;
  #isLoading = false;

  constructor(load: () => Promise<Stats>, clock: Clock) {
    this.#load = load;
    this.#clock = clock;
  }

  /** Calls `listener` with statistics as soon as allowed, and again after changes. Returns its undo. */
  subscribe(listener: (stats: Stats) => void): () => void {
    this.#listeners.add(listener);
    this.touch();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#disarm();
    };
  }

  /** Says that the statistics may have changed. Cheap; call it on every event. */
  touch(): void {
    if (this.#listeners.size === 0) return;
    this.#arm(Math.max(this.#clock.now(), this.#loadedAt + MIN_INTERVAL));
  }

  #arm(dueAt: number): void {
    if (this.#dueAt <= dueAt) return;
    this.#timer?.cancel();
    this.#dueAt = dueAt;
    this.#timer = this.#clock.schedule(() => void this.#refresh(), dueAt - this.#clock.now());
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  async #refresh(): Promise<void> {
    this.#disarm();
    if (this.#isLoading) return;
    this.#isLoading = true;
    this.#loadedAt = this.#clock.now();
    try {
      const stats = await this.#load();
      for (const listener of this.#listeners) listener(stats);
    } catch {
      // The listeners keep what they had; whoever asks `GET api/stats` is told, and the next look comes by itself.
    } finally {
      this.#isLoading = false;
      if (this.#listeners.size > 0) this.#arm(this.#clock.now() + IDLE_INTERVAL);
    }
  }
}
