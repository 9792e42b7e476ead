import type { Clock, JsonValue, Timer } from '@townkrier/core';
import { OneAtATime } from '../failover/one-at-a-time.ts';
import type { SharedState } from '../job-store.ts';
import { changeShared, type SharedOutcome } from './change-shared.ts';
import {
  countOf,
  countsUntil,
  type GrantLog,
  grantLogSchema,
  stillCounting,
  withGrants,
  withoutGrants,
} from './grant-log.ts';
import { Hold } from './hold.ts';
import type { RateLimit } from './rate-limit.ts';
import type { StoreClock } from './store-clock.ts';

/** What may be taken ahead of need, as a share of the limit: what a worker uses in the time a grant is held, if it is the only one. */
const STARTS_AHEAD_SHARE = 50;

/** Share of a limit's span in which a grant may be used while there is plenty, so that the limit is asked for a few times in a span and not for each claim. */
const PLENTY_HOLD_SHARE = 20;

/** Share of a limit's span over which workers that were too late come again. */
const JITTER_SHARE = 64;

/** Share of a limit's span in which grants that aged unused may still be exchanged for fresh ones, before they are given back. */
const EXCHANGE_SHARE = 20;

/** What limiters work with. */
export interface LimiterParts {
  readonly shared: SharedState;
  readonly clock: Clock;
  readonly storeClock: StoreClock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Told when the store fails while nobody waits for it. */
  readonly onError: (error: unknown) => void;
}

/** Grants that were taken together. */
interface Batch {
  /** As it stands in the log. */
  readonly until: number;
  /** The last moment of the store's clock at which one may be used. */
  readonly usableUntil: number;
  readonly taken: number;
  left: number;
}

/**
 * One worker's part of a queue's limit. It takes grants from what the processes share before it claims, as many as it has hands for in one change, uses one for
 * each start, and gives back what it did not use within a short time.
 *
 * A grant counts from the moment it is taken until one `per` after the last moment at which it may be used. So no span of `per` sees more than `max` starts, whatever
 * processes do and wherever the span begins; what that costs is 2 to 4 % of the limit.
 */
export class QueueLimiter {
  readonly #parts: LimiterParts;
  readonly #key: string;
  readonly #limit: RateLimit;
  readonly #hold: Hold;
  readonly #turns = new OneAtATime();
  #batches: Batch[] = [];
  #returnTimer: Timer | undefined;
  /** Grants to take beyond the free hands: what was used lately in the time that one is held. */
  #ahead = 0;
  /** Whether more than half of the limit was unused when it was last asked for. */
  #isPlenty = false;
  /** When others' grants end, by this process's clock; before that there is none to be had. */
  #freeAt = Number.NEGATIVE_INFINITY;

  constructor(parts: LimiterParts, key: string, limit: RateLimit) {
    this.#parts = parts;
    this.#key = key;
    this.#limit = limit;
    this.#hold = new Hold(limit);
  }

  /** Grants in hand. */
  get fresh(): number {
    const now = this.#parts.storeClock.latest;
    return this.#batches.reduce((sum, batch) => sum + (batch.usableUntil >= now ? batch.left : 0), 0);
  }

  /** Milliseconds until it is worth asking for more; 0 when it is now. */
  get waitMs(): number {
    return Math.max(0, this.#freeAt - this.#parts.clock.now());
  }

  /** Sees to it that so many grants are in hand, as far as there are some. @returns how many are, `wanted` at most. */
  async acquire(wanted: number): Promise<number> {
    const needed = this.#isPlenty ? Math.max(wanted, this.#ahead / 2) : wanted;
    if (this.fresh < needed && (this.#hasStale || this.#freeAt <= this.#parts.clock.now())) {
      await this.#turns.run(() => this.#take(needed));
    }
    return Math.min(this.fresh, wanted);
  }

  /** Uses a grant for a start that happens now. @returns whether there was one. */
  use(): boolean {
    const now = this.#parts.storeClock.latest;
    const batch = this.#batches.find(({ left, usableUntil }) => left > 0 && usableUntil >= now);
    if (batch === undefined) return false;
    batch.left--;
    if (batch.left === 0) this.#forgetUsed(batch);
    return true;
  }

  /** Gives back what is in hand. */
  async close(): Promise<void> {
    this.#returnTimer?.cancel();
    await this.#turns.run(() => this.#giveBack(this.#batches.splice(0)));
  }

  async #take(wanted: number): Promise<void> {
    const missing = Math.ceil(wanted - this.fresh);
    if (missing <= 0) return;
    const { shared, storeClock } = this.#parts;
    await storeClock.sync();
    // If this fails, what was stale is given up and counts until its time is over: taken out twice, it would take others' with it.
    const stale = this.#takeStale();
    const batch = await changeShared(shared, this.#key, (value) => this.#grant(value, missing, stale));
    if (batch === null) return;
    this.#batches.push(batch);
    this.#hold.note(storeClock.latest <= batch.usableUntil);
    this.#planReturn();
  }

  /** Puts new grants into the log, and takes out what was left of old ones. */
  #grant(value: JsonValue, missing: number, stale: readonly Batch[]): SharedOutcome<Batch | null> {
    const { storeClock, clock, random } = this.#parts;
    const { max, per } = this.#limit;
    const now = storeClock.earliest;
    const log = stillCounting(without(logOf(value), stale), this.#limit, now);
    const free = max - countOf(log);
    // Ahead of need, and for longer, only while there is plenty: what is scarce others may have hands for.
    this.#isPlenty = free > max / 2;
    const taken = Math.max(0, Math.min(free, this.#isPlenty ? Math.max(missing, this.#ahead) : missing));
    if (taken === 0) {
      const waitMs = Math.max(1, (log[0]?.[0] ?? now) - now);
      // Others were faster. They do not all come back in the same moment, to be in each other's way again.
      this.#freeAt = clock.now() + waitMs + Math.ceil(random() * (this.#limit.per / JITTER_SHARE));
      return { value: stale.length > 0 ? log : undefined, result: null };
    }
    const holdMs = this.#isPlenty ? Math.max(this.#hold.ms, per / PLENTY_HOLD_SHARE) : this.#hold.ms;
    const usableUntil = now + storeClock.uncertainty + holdMs;
    const until = countsUntil(this.#limit, usableUntil);
    return { value: withGrants(log, until, taken), result: { until, usableUntil, taken, left: taken } };
  }

  #forgetUsed(batch: Batch): void {
    this.#batches = this.#batches.filter((other) => other !== batch);
    this.#ahead = Math.min(batch.taken * 2, Math.ceil(this.#limit.max / STARTS_AHEAD_SHARE));
    if (this.#batches.length === 0) this.#cancelReturn();
  }

  get #hasStale(): boolean {
    const now = this.#parts.storeClock.latest;
    return this.#batches.some(({ usableUntil }) => usableUntil < now);
  }

  #takeStale(): Batch[] {
    const now = this.#parts.storeClock.latest;
    const stale = this.#batches.filter(({ usableUntil }) => usableUntil < now);
    this.#batches = this.#batches.filter(({ usableUntil }) => usableUntil >= now);
    for (const { taken, left } of stale) this.#ahead = taken - left;
    return stale;
  }

  /** Some time after the last batch can be used no more: a claim under way may still come back with jobs for it, and exchange it then. */
  #planReturn(): void {
    this.#cancelReturn();
    const usableUntil = this.#batches.at(-1)?.usableUntil;
    if (usableUntil === undefined) return;
    const delayMs = usableUntil - this.#parts.storeClock.latest + this.#limit.per / EXCHANGE_SHARE;
    this.#returnTimer = this.#parts.clock.schedule(this.#returnStale, delayMs);
  }

  #cancelReturn(): void {
    this.#returnTimer?.cancel();
    this.#returnTimer = undefined;
  }

  readonly #returnStale = (): void => {
    this.#returnTimer = undefined;
    void this.#turns
      .run(() => this.#giveBack(this.#takeStale()))
      .then(() => {
        if (this.#returnTimer === undefined) this.#planReturn();
      });
  };

  /** Never rejects: what cannot be given back counts until its time is over, and that is all. */
  async #giveBack(batches: readonly Batch[]): Promise<void> {
    if (!batches.some(({ left }) => left > 0)) return;
    try {
      await changeShared(this.#parts.shared, this.#key, (value) => {
        const log = stillCounting(
          without(logOf(value), batches),
          this.#limit,
          this.#parts.storeClock.earliest,
        );
        return { value: log.length === 0 ? null : log, result: undefined };
      });
      this.#freeAt = Number.NEGATIVE_INFINITY;
    } catch (error) {
      this.#parts.onError(error);
    }
  }
}

function logOf(value: JsonValue): GrantLog {
  return value === null ? [] : grantLogSchema.parse(value);
}

function without(log: GrantLog, batches: readonly Batch[]): GrantLog {
  return batches.reduce((rest, { until, left }) => withoutGrants(rest, until, left), log);
}
