import type { Clock } from '@townkrier/core';
import type { SharedState } from '../job-store.ts';

/** Milliseconds after which a look at the store's clock is repeated. */
const RESYNC_MS = 10_000;
/** What two good clocks drift apart between two looks, in milliseconds. */
const DRIFT_MS = 1;

/** Between what two bounds the store's clock is ahead of this process's, in milliseconds. */
interface Lead {
  readonly least: number;
  readonly most: number;
}

/**
 * The store's clock as this process can know it: not exactly, as each look at it takes time, but between two bounds. Whoever must not be early asks for one,
 * whoever must not be late for the other.
 */
export class StoreClock {
  readonly #shared: SharedState;
  readonly #clock: Clock;
  #lead: Lead | undefined;
  #syncedAt = Number.NEGATIVE_INFINITY;

  constructor(shared: SharedState, clock: Clock) {
    this.#shared = shared;
    this.#clock = clock;
  }

  /** The least it may show, in milliseconds since the epoch. */
  get earliest(): number {
    return this.#clock.now() + (this.#lead?.least ?? 0);
  }

  /** The most it may show. */
  get latest(): number {
    return this.#clock.now() + (this.#lead?.most ?? 0);
  }

  /** Milliseconds between the two. */
  get uncertainty(): number {
    return this.latest - this.earliest;
  }

  /** Looks at the store's clock, unless that was done a short time ago. */
  async sync(): Promise<void> {
    const askedAt = this.#clock.now();
    if (Math.abs(askedAt - this.#syncedAt) < RESYNC_MS) return;
    const shown = await this.#shared.now();
    const answeredAt = this.#clock.now();
    this.#lead = betterOf(this.#lead, { least: shown - answeredAt, most: shown - askedAt });
    this.#syncedAt = answeredAt;
  }
}

/** The closer of two looks. An older one has drifted since; one that the newer contradicts is wrong, as somebody set a clock. */
function betterOf(older: Lead | undefined, newer: Lead): Lead {
  if (older === undefined) return newer;
  const drifted = { least: older.least - DRIFT_MS, most: older.most + DRIFT_MS };
  if (drifted.least > newer.most || drifted.most < newer.least) return newer;
  return drifted.most - drifted.least < newer.most - newer.least ? drifted : newer;
}
