import type { Clock, Timer } from '@townkrier/core';
import type { QueueSelection, SharedState } from '../job-store.ts';
import { PAUSE_PREFIX, pausedQueueOf, pauseOf } from './pause.ts';
import { StoreClock } from './store-clock.ts';

/** What a {@link PauseWatch} works with. */
export interface PauseWatchParts {
  readonly shared: SharedState;
  readonly clock: Clock;
  /** Told when the pauses cannot be read; the workers ask again before they claim. */
  readonly onError: (error: unknown) => void;
  /** Reads the pauses with every change, for whoever has to know them once the store is away. @default when somebody wants to claim */
  readonly isEager?: boolean;
}

/**
 * Which queues pause, as one process knows it. What is known is read again when somebody wrote a shared value; until that is done it is stale, and a worker does
 * not start what it claimed before it knows better.
 */
export class PauseWatch {
  readonly #parts: PauseWatchParts;
  readonly #storeClock: StoreClock;
  readonly #wakeCallbacks = new Set<() => void>();
  /** The queues that pause, and until when; for ever where that is infinite. */
  #paused: ReadonlyMap<string, number> = new Map();
  #isStale = true;
  #reading: Promise<void> | undefined;
  #stopListening: (() => void) | undefined;
  #endTimer: Timer | undefined;

  constructor(parts: PauseWatchParts) {
    this.#parts = parts;
    this.#storeClock = new StoreClock(parts.shared, parts.clock);
  }

  /** Calls back when other queues pause than before. Returns its undo. Nothing is watched while nobody wants to know. */
  join(wake: () => void): () => void {
    this.#wakeCallbacks.add(wake);
    this.#stopListening ??= this.#parts.shared.onChange(this.#onChange);
    return () => {
      this.#wakeCallbacks.delete(wake);
      if (this.#wakeCallbacks.size > 0) return;
      this.#stopListening?.();
      this.#stopListening = undefined;
      this.#endTimer?.cancel();
      this.#isStale = true;
    };
  }

  /** Whether the pauses may be others than those that are known. */
  get isStale(): boolean {
    return this.#isStale || this.#reading !== undefined;
  }

  /** Whether it is certain that no queue pauses. */
  get isClear(): boolean {
    return this.#paused.size === 0 && !this.isStale;
  }

  /** Lets the pauses be read again before the next claim. */
  doubt(): void {
    this.#isStale = true;
  }

  has(queue: string): boolean {
    return this.#paused.has(queue);
  }

  /** What is left of a selection without the queues that pause; `null` when that is none. */
  without(selection: QueueSelection): QueueSelection | null {
    if (this.#paused.size === 0) return selection;
    const { queues, exceptQueues = [] } = selection;
    if (queues === undefined) return { exceptQueues: [...exceptQueues, ...this.#paused.keys()] };
    const left = queues.filter((queue) => !this.#paused.has(queue));
    return left.length === 0 ? null : { ...selection, queues: left };
  }

  /** Reads the pauses, unless what is known is sound. @throws what the store throws. */
  async refresh(): Promise<void> {
    while (this.isStale) {
      this.#reading ??= this.#read().finally(() => {
        this.#reading = undefined;
      });
      await this.#reading;
    }
  }

  /** While nothing pauses, whoever claims next reads what was written; a queue that pauses may have been resumed, and nobody claims from it. */
  readonly #onChange = (): void => {
    this.#isStale = true;
    if (this.#parts.isEager === true || this.#paused.size > 0) this.refresh().catch(this.#parts.onError);
  };

  async #read(): Promise<void> {
    this.#isStale = false;
    try {
      const entries = await this.#parts.shared.list(PAUSE_PREFIX);
      if (entries.length > 0) await this.#storeClock.sync();
      const read = entries.map(({ key, value }): [string, number] => [
        pausedQueueOf(key),
        pauseOf(value).until ?? Number.POSITIVE_INFINITY,
      ]);
      this.#setPaused(new Map(read));
    } catch (error) {
      this.#isStale = true;
      throw error;
    }
  }

  #setPaused(read: ReadonlyMap<string, number>): void {
    const now = this.#storeClock.earliest;
    const before = this.#paused;
    this.#paused = new Map([...read].filter(([, until]) => until > now));
    this.#planEnd(now);
    if ([...before.keys()].some((queue) => !this.#paused.has(queue))) this.#wakeAll();
  }

  /** A pause with an end is over by itself: nobody has to write that down. */
  #planEnd(now: number): void {
    this.#endTimer?.cancel();
    const firstEnd = Math.min(...this.#paused.values());
    this.#endTimer = Number.isFinite(firstEnd)
      ? this.#parts.clock.schedule(() => this.#setPaused(this.#paused), firstEnd - now)
      : undefined;
  }

  #wakeAll(): void {
    for (const wake of this.#wakeCallbacks) wake();
  }
}
