import type { Timer } from '@townkrier/core';
import type { AddGate } from './add-gate.ts';
import { DRAIN_BATCH, type Drain, type Moved } from './drain.ts';
import type { FailoverEvents, Sides } from './failover-events.ts';
import type { ResolvedFailoverOptions } from './failover-options.ts';
import type { FailoverWorker } from './failover-worker.ts';
import { isAway } from './is-away.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { type PrimaryCalls, unavailable } from './primary-calls.ts';

/** Which side is in use, and what waits on the other. */
export interface FailoverHealth {
  /** Where new jobs go. */
  readonly active: 'primary' | 'fallback';
  /** Whether the primary answers again, and what waited is on its way to it. */
  readonly isDraining: boolean;
  /** Since when `active` is what it is. */
  readonly since: Date;
  /** Jobs in the fallback that have neither ended nor run. With `active: 'primary'`, those that the primary refused. */
  readonly waitingInFallback: number;
  /** Jobs moved from the fallback to the primary since the adapter was made. */
  readonly drained: number;
  /** The latest time the primary did not answer. */
  readonly lastError: { readonly at: Date; readonly message: string } | null;
}

/** Jobs that are moved, beyond twice those that waited, before new ones no longer wait behind them. */
const LEAST_PATIENCE = 10 * DRAIN_BATCH;

/**
 * `starting`: not asked yet. `up`: in use. `down`: away. `draining`: it answers again, and the fallback is emptied into it.
 */
type Phase = 'starting' | 'up' | 'down' | 'draining';

/** What a {@link FailoverSwitch} works with. */
export interface FailoverSwitchParts {
  readonly sides: Sides;
  readonly options: ResolvedFailoverOptions;
  readonly calls: PrimaryCalls;
  readonly gate: AddGate;
  readonly drain: Drain;
  readonly events: FailoverEvents;
  readonly workers: ReadonlySet<FailoverWorker>;
}

/** Finds out whether the primary answers, decides which side is in use, and empties the fallback when it may. */
export class FailoverSwitch {
  /** Resolves when the first look has decided. */
  readonly started: Promise<void>;
  readonly #parts: FailoverSwitchParts;
  /** Looks, drains and sweeps never overlap. */
  readonly #tasks = new OneAtATime();
  #phase: Phase = 'starting';
  #since: number;
  #isOpen = false;
  #misses = 0;
  #drained = 0;
  /** Of those, how many were announced. */
  #announced = 0;
  #lastError: FailoverHealth['lastError'] = null;
  #timer: Timer | undefined;
  #isClosed = false;
  #decide: () => void = () => undefined;

  constructor(parts: FailoverSwitchParts) {
    this.#parts = parts;
    this.#since = parts.options.clock.now();
    this.started = new Promise((resolve) => {
      this.#decide = resolve;
    });
    this.#lookSoon();
  }

  /** Whether new jobs go to the primary. */
  get isUp(): boolean {
    return this.#phase === 'up';
  }

  /** Whether it makes no sense to ask the primary. */
  get isDown(): boolean {
    return this.#phase === 'down';
  }

  get lastError(): FailoverHealth['lastError'] {
    return this.#lastError;
  }

  async health(): Promise<FailoverHealth> {
    await this.started;
    const { pending, scheduled, retrying } = await this.#parts.sides.fallback.getStats();
    return {
      active: this.isUp ? 'primary' : 'fallback',
      isDraining: this.#phase === 'draining',
      since: new Date(this.#since),
      waitingInFallback: pending + scheduled + retrying,
      drained: this.#drained,
      lastError: this.#lastError,
    };
  }

  /** The primary answered something. */
  noteAnswer(): void {
    this.#misses = 0;
  }

  /** The primary did not answer a read or a command. */
  noteMiss(error: unknown): void {
    this.#noteError(error);
    if (this.#phase !== 'up') return;
    this.#misses += 1;
    if (this.#misses >= this.#parts.options.failuresToOpen) this.#goDown(error);
    else this.#planLook();
  }

  /** The primary did not take a job, which now goes to the fallback: those that follow must not pass it. */
  noteFailedAdd(error: unknown): void {
    this.#noteError(error);
    if (this.#phase === 'up') this.#goDown(error);
  }

  /** Moves what waits in the fallback though the primary is in use. */
  sweepSoon(): void {
    void this.#tasks.run(() => this.#sweep()).catch(this.#parts.options.onError);
  }

  /** Stops looking; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#tasks.idle();
    this.#parts.gate.open();
    this.#decide();
  }

  #lookSoon(): void {
    void this.#tasks.run(() => this.#look()).catch(this.#parts.options.onError);
  }

  async #look(): Promise<void> {
    if (this.#isClosed) return;
    try {
      if (!(await this.#isAnswering())) return;
      if (this.#phase === 'up') await this.#sweep();
      else await this.#return();
    } finally {
      if (this.#phase === 'down') for (const worker of this.#parts.workers) worker.takeOver();
      this.#planLook();
    }
  }

  /** Any error counts, not only a lost connection: what fails on a ping is not in order. */
  async #isAnswering(): Promise<boolean> {
    const { sides, options, calls } = this.#parts;
    const ping = async () => {
      if (sides.primary.ping === undefined) await sides.primary.getStats();
      else await sides.primary.ping();
    };
    try {
      await calls.ask(ping, options.enqueueTimeout);
      this.noteAnswer();
      return true;
    } catch (error) {
      this.noteMiss(error);
      if (this.#phase !== 'up') this.#goDown(error);
      return false;
    }
  }

  #planLook(): void {
    this.#timer?.cancel();
    if (this.#isClosed) return;
    const { clock, pingInterval, watchInterval } = this.#parts.options;
    const isSound = this.#phase === 'up' && this.#misses === 0;
    this.#timer = clock.schedule(() => this.#lookSoon(), isSound ? watchInterval : pingInterval);
  }

  #goDown(error: unknown): void {
    if (this.#phase === 'down') return;
    const { calls, gate, workers } = this.#parts;
    this.#phase = 'down';
    this.#announceOpened(error);
    // Adds under way follow the first that failed, in their order; reads answer from the fallback.
    calls.giveUpAll(unavailable(error));
    gate.open();
    for (const worker of workers) worker.takeOver();
    this.#decide();
    this.#planLook();
  }

  /** Empties the fallback into the primary, then uses that. */
  async #return(): Promise<void> {
    const { drain, gate, workers, options } = this.#parts;
    this.#phase = 'draining';
    for (const worker of workers) worker.leaveFallback();
    drain.forgetRefusals();
    let stoppedBy: unknown;
    try {
      stoppedBy = await this.#empty();
    } catch (error) {
      // The fallback failed. The primary works, so it is used; what waits is moved when the fallback is well again.
      options.onError(error);
    }
    if (this.#isClosed) return;
    if (stoppedBy === undefined) return this.#goUp();
    this.#noteError(stoppedBy);
    if (isAway(stoppedBy)) return this.#goDown(stoppedBy);
    // It is full: adds wait their turn in the fallback until it has room.
    gate.open();
    this.#decide();
  }

  /**
   * Moves batches until nothing waits, and keeps new adds at the gate for the last of them. While there is more than a batch, they go to the fallback and
   * wait their turn; where it fills so fast that this would not end, what is left is moved beside them.
   * @returns why it stopped before that, if it did.
   */
  async #empty(): Promise<unknown> {
    const { gate } = this.#parts;
    let patience: number | undefined;
    while (!this.#isClosed) {
      const takenBefore = gate.taken;
      const wasClosed = gate.isClosed;
      const { waiting, found, moved, stoppedBy } = await this.#moveBatch();
      if (stoppedBy !== undefined) return stoppedBy;
      if (found === 0 && wasClosed && gate.taken === takenBefore) return undefined;
      patience = (patience ?? 2 * waiting + LEAST_PATIENCE) - moved;
      if (patience < 0) break;
      if (found < DRAIN_BATCH) {
        gate.close();
        await gate.idle();
      } else {
        gate.open();
        this.#decide();
      }
    }
    this.sweepSoon();
    return undefined;
  }

  #goUp(): void {
    const { options, events, gate } = this.#parts;
    const at = new Date(options.clock.now());
    this.#phase = 'up';
    this.#misses = 0;
    this.#since = at.getTime();
    this.#isOpen = false;
    gate.open();
    this.#decide();
    this.#announceDrained();
    events.emit('failover:closed', { at });
  }

  /** With the primary in use, nothing waits in the fallback but what its workers gave back, someone retried by hand, or the primary refused. */
  async #sweep(): Promise<void> {
    if (this.#phase !== 'up' || this.#isClosed) return;
    const { sides, workers } = this.#parts;
    const stats = await sides.fallback.getStats();
    for (const worker of workers) worker.mindOrphans(stats.processing > 0);
    if (stats.pending + stats.scheduled + stats.retrying === 0) return;
    while (!this.#isClosed) {
      const { found, stoppedBy } = await this.#moveBatch();
      // It answered the ping: the next look tries again.
      if (stoppedBy !== undefined) this.#noteError(stoppedBy);
      if (found === 0 || stoppedBy !== undefined) break;
    }
    this.#announceDrained();
  }

  async #moveBatch(): Promise<Moved> {
    const batch = await this.#parts.drain.moveBatch();
    this.#drained += batch.moved;
    return batch;
  }

  #announceOpened(error: unknown): void {
    if (this.#isOpen) return;
    const at = new Date(this.#parts.options.clock.now());
    this.#isOpen = true;
    this.#since = at.getTime();
    this.#parts.events.emit('failover:opened', { at, reason: messageOf(error) });
  }

  #announceDrained(): void {
    const count = this.#drained - this.#announced;
    if (count === 0) return;
    this.#announced = this.#drained;
    this.#parts.events.emit('failover:drained', { at: new Date(this.#parts.options.clock.now()), count });
  }

  #noteError(error: unknown): void {
    this.#lastError = { at: new Date(this.#parts.options.clock.now()), message: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
