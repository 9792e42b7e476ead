import type { Clock } from '@townkrier/core';
import type { SharedState } from '../job-store.ts';

/** Milliseconds after which a look at the store's clock is repeated. */
const RESYNC_MS = 10_000;
/** What two good clocks drift apart between two looks, in milliseconds. */
const DRIFT_MS = 1;

/** Milliseconds: closer than this nobody has to know it. */
const CLOSE_MS = 2;
/** Looks in a row, until one is close. */
const MOST_LOOKS = 5;

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

  /** Looks at the store's clock, unless that was done a short time ago; some more times when the store was slow to answer. */
  async sync(): Promise<void> {
    if (Math.abs(this.#clock.now() - this.#syncedAt) < RESYNC_MS) return;
    let lead = await this.#look();
    for (let looks = 1; looks < MOST_LOOKS && widthOf(lead) > CLOSE_MS; looks++) {
      lead = closerOf(lead, await this.#look());
    }
    this.#lead = this.#lead === undefined ? lead : closerOf(drifted(this.#lead), lead);
    this.#syncedAt = this.#clock.now();
  }

  async #look(): Promise<Lead> {
    const askedAt = this.#clock.now();
    const shown = await this.#shared.now();
    return { least: shown - this.#clock.now(), most: shown - askedAt };
  }
}

function widthOf({ least, most }: Lead): number {
  return most - least;
}

/** What is still known of a look at the next one. */
function drifted({ least, most }: Lead): Lead {
  return { least: least - DRIFT_MS, most: most + DRIFT_MS };
}

/** The closer of two looks; the newer one where they contradict each other, as then somebody set a clock. */
function closerOf(older: Lead, newer: Lead): Lead {
  if (older.least > newer.most || older.most < newer.least) return newer;
  return widthOf(older) < widthOf(newer) ? older : newer;
}
