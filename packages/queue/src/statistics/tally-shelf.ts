import type { SharedState } from '../job-store.ts';
import { changeShared } from '../policy/change-shared.ts';
import { floorTo, GRAINS, type Grain, MINUTE } from './grain.ts';
import { fromSharedTally, type Tally, toSharedTally } from './tally.ts';

const PREFIX = 'metrics:';
/** When slots were last thrown away, by any process. */
const SWEPT_KEY = `${PREFIX}swept`;

/** Milliseconds between two looks for slots that are no longer kept: each reads all there are. */
export const SWEEP_EVERY = 6 * 3_600_000;

/** All queues together, where a queue is asked for. */
export const ALL_QUEUES = '';

/** A slot of a queue. */
export interface Slot {
  readonly grain: Grain;
  readonly queue: string;
  /** When it begins, in milliseconds since the epoch. */
  readonly at: number;
}

/** A slot and what happened in it. */
export interface TalliedSlot {
  readonly at: number;
  readonly tally: Tally;
}

/** Where processes add up what became of the jobs: a value for each queue and minute, and one for each queue and hour. */
export class TallyShelf {
  readonly #shared: SharedState;

  constructor(shared: SharedState) {
    this.#shared = shared;
  }

  /** @throws what the store throws; whether it was added is not known then. */
  async add(slot: Slot, tally: Tally): Promise<void> {
    await changeShared(this.#shared, keyOf(slot), (value) => {
      if (value === null) return { value: toSharedTally(tally), result: undefined };
      const sum = fromSharedTally(value);
      sum.add(tally);
      return { value: toSharedTally(sum), result: undefined };
    });
  }

  /** The slots between two moments in which something happened, in their order. */
  async read({ grain, queue }: Omit<Slot, 'at'>, from: number, to: number): Promise<readonly TalliedSlot[]> {
    const sheets: number[] = [];
    for (let at = floorTo(from, grain.sheetMs); at < to; at += grain.sheetMs) sheets.push(at);
    const entries = await Promise.all(
      sheets.map((at) => this.#shared.list(prefixOf(grain, queue) + momentOf(at, grain.sheetLength))),
    );
    return entries
      .flat()
      .map(({ key, value }) => ({ key, at: startOf(key, grain), value }))
      .filter(({ key, at }) => at >= from && at < to && key === keyOf({ grain, queue, at }))
      .map(({ at, value }) => ({ at, tally: fromSharedTally(value) }));
  }

  /** Throws away what is no longer kept, unless some process did so in the last {@link SWEEP_EVERY}. */
  async sweep(now: number): Promise<void> {
    const isDue = await changeShared(this.#shared, SWEPT_KEY, (value) =>
      typeof value === 'number' && now - value < SWEEP_EVERY
        ? { value: undefined, result: false }
        : { value: now, result: true },
    );
    if (!isDue) return;
    for (const grain of GRAINS) await this.#sweepGrain(grain, now - grain.keepMs);
  }

  async #sweepGrain(grain: Grain, before: number): Promise<void> {
    const entries = await this.#shared.list(`${PREFIX}${grain.name}:`);
    for (const { key, version } of entries) {
      // One that somebody adds to meanwhile stays until the next time.
      if (startOf(key, grain) < before) await this.#shared.write({ key, value: null, version });
    }
  }
}

function prefixOf(grain: Grain, queue: string): string {
  return `${PREFIX}${grain.name}:${queue}:`;
}

function keyOf({ grain, queue, at }: Slot): string {
  return prefixOf(grain, queue) + momentOf(at, grain.slotLength);
}

function momentOf(at: number, length: number): string {
  return new Date(at).toISOString().slice(0, length);
}

/** When the slot of a key begins; not a number where the key is of something else. */
function startOf(key: string, grain: Grain): number {
  return Date.parse(`${key.slice(-grain.slotLength).padEnd(MINUTE.slotLength, ':00')}Z`);
}
