import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Timer } from '../clock.ts';

interface VirtualTimer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/** More timers than this in one `advance` means that one re-arms itself without time passing. */
const MOST_TIMERS = 1_000_000;

/**
 * A clock that stands still until told to move, so that a test owns all waiting.
 *
 * @example
 * const clock = new VirtualClock();
 * const manager = new NotificationManager({ clock });
 * await clock.advance(30_000); // 30 seconds pass, and what they cause has happened
 */
export class VirtualClock implements Clock {
  #now: number;
  #timers: VirtualTimer[] = [];
  #lastAdvance: Promise<void> = Promise.resolve();

  /** @param startMs - Milliseconds since the epoch. @default 2026-01-01T00:00:00Z */
  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  /** The current moment as a date. */
  get date(): Date {
    return new Date(this.#now);
  }

  /** How many timers wait. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** When the next timer is due, in milliseconds since the epoch; `null` when none waits. */
  get nextTimerAt(): number | null {
    return this.#timers[0]?.dueAt ?? null;
  }

  schedule(callback: () => void, delayMs: number): Timer {
    const timer = { dueAt: this.#now + Math.max(0, delayMs), callback };
    const position = this.#timers.findIndex((other) => other.dueAt > timer.dueAt);
    this.#timers.splice(position === -1 ? this.#timers.length : position, 0, timer);
    return {
      cancel: () => {
        const index = this.#timers.indexOf(timer);
        if (index !== -1) this.#timers.splice(index, 1);
      },
    };
  }

  /**
   * Lets `ms` milliseconds pass: fires what falls due, in order, each at its own moment, and lets promises settle before and after each.
   * Timers that a fired one sets, and that fall into the same span, fire too. Calls made meanwhile run one after another.
   *
   * @throws what a timer's callback threw.
   */
  advance(ms: number): Promise<void> {
    const advance = this.#lastAdvance.then(() => this.#advanceTo(this.#now + ms));
    this.#lastAdvance = advance.catch(() => undefined);
    return advance;
  }

  /** Lets promises settle without time passing; fires what is due now. */
  settle(): Promise<void> {
    return this.advance(0);
  }

  async #advanceTo(target: number): Promise<void> {
    await nextTurn();
    for (let fired = 0; ; fired += 1) {
      const next = this.#timers[0];
      if (next === undefined || next.dueAt > target) break;
      if (fired === MOST_TIMERS) throw new Error(`More than ${MOST_TIMERS} timers fired in one advance.`);
      this.#timers.shift();
      this.#now = Math.max(this.#now, next.dueAt);
      next.callback();
      await nextTurn();
    }
    this.#now = target;
  }
}
