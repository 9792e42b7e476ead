import type { JsonValue, Timer } from '@townkrier/core';
import { changeShared } from './change-shared.ts';
import { Hold } from './hold.ts';
import { decideForKey, type KeyDecision, keyStateEndsAt, keyStateOf, withRest } from './key-limit-state.ts';
import type { LimiterParts } from './queue-limiter.ts';
import { limitKey, type RateLimit } from './rate-limit.ts';

/** Milliseconds between two looks for keys that nothing matters about any more. */
const SWEEP_MS = 60_000;

/** Jobs of one key that were claimed together. */
export interface KeyedJobs {
  readonly groupKey: string;
  /** Jobs that came for the first time. */
  readonly fresh: number;
  /** Jobs that had a try or a reservation before. */
  readonly back: number;
}

/** What becomes of them. */
export interface KeyVerdict {
  readonly freshNow: number;
  readonly backNow: number;
  /** Milliseconds the others of each have to wait. */
  readonly freshLater: readonly number[];
  readonly backLater: readonly number[];
  /** Whether those that may start now still may. */
  readonly isUsable: () => boolean;
}

/** The limits of a queue's keys, for one worker. */
export class KeyLimiter {
  readonly #parts: LimiterParts;
  readonly #queue: string;
  readonly #limit: RateLimit;
  readonly #hold: Hold;
  #sweepTimer: Timer | undefined;

  constructor(parts: LimiterParts, queue: string, limit: RateLimit) {
    this.#parts = parts;
    this.#queue = queue;
    this.#limit = limit;
    this.#hold = new Hold(limit);
  }

  /** Decides which of the jobs may start, in one change, and reserves starts for the others. */
  async decide({ groupKey, fresh, back }: KeyedJobs): Promise<KeyVerdict> {
    const { shared, storeClock } = this.#parts;
    await storeClock.sync();
    let usableUntil = 0;
    const decision = await changeShared(shared, limitKey(this.#queue, groupKey), (value) => {
      const now = storeClock.earliest;
      usableUntil = now + storeClock.uncertainty + this.#hold.ms;
      const state = keyStateOf(value, this.#limit, now);
      const decided = decideForKey(state, this.#limit, { fresh, back, now, usableUntil });
      return { value: decided.state, result: decided };
    });
    this.#planSweep();
    return { ...this.#waitsOf(decision), isUsable: () => this.#noteUse(storeClock.latest <= usableUntil) };
  }

  /** Lets no job of a key start for so many milliseconds. */
  async rest(groupKey: string, ms: number): Promise<void> {
    const { shared, storeClock } = this.#parts;
    await storeClock.sync();
    await changeShared(shared, limitKey(this.#queue, groupKey), (value) => {
      const state = keyStateOf(value, this.#limit, storeClock.earliest);
      return { value: withRest(state, storeClock.latest + ms), result: undefined };
    });
    this.#planSweep();
  }

  /** Stops looking for what is over. */
  close(): void {
    this.#sweepTimer?.cancel();
  }

  #waitsOf({ freshNow, backNow, freshLater, backLater }: KeyDecision): Omit<KeyVerdict, 'isUsable'> {
    const now = this.#parts.storeClock.earliest;
    const waitUntil = (moment: number) => Math.max(1, Math.ceil(moment - now));
    return {
      freshNow,
      backNow,
      freshLater: freshLater.map(waitUntil),
      backLater: backLater.map(waitUntil),
    };
  }

  #noteUse(isInTime: boolean): boolean {
    this.#hold.note(isInTime);
    return isInTime;
  }

  #planSweep(): void {
    this.#sweepTimer ??= this.#parts.clock.schedule(() => {
      this.#sweepTimer = undefined;
      this.#sweep().catch(this.#parts.onError);
    }, SWEEP_MS);
  }

  /** Removes what is over, so that keys of long ago leave nothing behind, whoever wrote it. Sweeps on while there are keys. */
  async #sweep(): Promise<void> {
    const entries = await this.#parts.shared.list(limitKey(this.#queue, ''));
    for (const { key } of entries.filter(({ value }) => this.#isOver(value))) {
      await changeShared(this.#parts.shared, key, (value) => ({
        value: value !== null && this.#isOver(value) ? null : undefined,
        result: undefined,
      }));
    }
    if (entries.length > 0) this.#planSweep();
  }

  #isOver(value: JsonValue): boolean {
    const now = this.#parts.storeClock.earliest;
    return keyStateEndsAt(keyStateOf(value, this.#limit, now)) <= now;
  }
}
