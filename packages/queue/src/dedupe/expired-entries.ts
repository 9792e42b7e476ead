import { z } from 'zod';
import type { SharedEntry, SharedState } from '../job-store.ts';
import { changeShared } from '../policy/change-shared.ts';
import { prefixOfShard, SHARDS } from './dedupe-entries.ts';

/** Who looks when at which part. Not among the entries. */
const TURN_KEY = 'dedupe-sweep';
/** Milliseconds between two looks, of all processes together: each part is looked at about once a minute. */
const LOOK_EVERY_MS = 1_000;
/** Entries removed in one look, at most. */
const REMOVED_AT_ONCE = 500;
/** Removals under way at once. */
const AT_ONCE = 20;

const turnSchema = z.object({ at: z.number(), shard: z.number() });
const entrySchema = z.object({ until: z.number() });

/** Removes the entries that are over: one part of them a second, in one process, for as long as adds come that make new ones. */
export class ExpiredEntries {
  readonly #shared: SharedState;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #sweeping: Promise<void> | undefined;

  constructor(shared: SharedState) {
    this.#shared = shared;
  }

  /** Begins a look, if it is time for one and none is under way. Nobody has to wait for it. */
  sweepSoon(now: number): void {
    if (this.#sweeping !== undefined || now - this.#lookedAt < LOOK_EVERY_MS) return;
    this.#lookedAt = now;
    // A look that fails, as it does when the adapter is closed meanwhile, is made up for by the next.
    this.#sweeping = this.#sweep(now)
      .catch(() => undefined)
      .finally(() => {
        this.#sweeping = undefined;
      });
  }

  async #sweep(now: number): Promise<void> {
    const shard = await this.#takeTurn(now);
    if (shard === null) return;
    const entries = await this.#shared.list(prefixOfShard(shard));
    const expired = entries.filter((entry) => isExpired(entry, now)).slice(0, REMOVED_AT_ONCE);
    for (let from = 0; from < expired.length; from += AT_ONCE) {
      // By version: one that began anew meanwhile stays.
      const some = expired.slice(from, from + AT_ONCE);
      await Promise.all(some.map(({ key, version }) => this.#shared.write({ key, value: null, version })));
    }
  }

  /** @returns the part to look at, or `null` when another process just looked at one. */
  #takeTurn(now: number): Promise<number | null> {
    return changeShared<number | null>(this.#shared, TURN_KEY, (value) => {
      const turn = turnSchema.safeParse(value).data;
      if (turn === undefined) return { value: { at: now, shard: 0 }, result: 0 };
      if (now - turn.at < LOOK_EVERY_MS) return { value: undefined, result: null };
      const shard = (turn.shard + 1) % SHARDS;
      return { value: { at: now, shard }, result: shard };
    });
  }
}

function isExpired({ value }: SharedEntry, now: number): boolean {
  const entry = entrySchema.safeParse(value);
  return !entry.success || entry.data.until <= now;
}
