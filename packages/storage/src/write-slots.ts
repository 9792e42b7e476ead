import type { Clock } from '@townkrier/core';
import { StorageError, StorageErrorCode } from './errors.ts';
import { withTimeLimit } from './time-limit.ts';

/** Writes under way at a time. More wait their turn. */
const MAX_WRITES_AT_ONCE = 1000;

/** How long a write may be waited for. */
export interface WriteSlotsOptions {
  /** Milliseconds, from when the write begins. */
  readonly limit: number;
  readonly clock: Clock;
}

/**
 * Lets so many writes be under way at once; a burst waits its turn. A write that outlives its time is no longer waited for, but keeps its place until it
 * ends: when all places are kept so, the adapter hangs, and whoever waits or asks is turned away rather than piled up.
 */
export class WriteSlots {
  readonly #options: WriteSlotsOptions;
  readonly #waiting: { readonly enter: () => void; readonly refuse: (error: Error) => void }[] = [];
  #underWay = 0;
  #overdue = 0;

  constructor(options: WriteSlotsOptions) {
    this.#options = options;
  }

  /**
   * Runs a write when there is room for it.
   * @throws {StorageError} `STORAGE_TIMEOUT` when it takes longer than its time; it goes on regardless. `STORAGE_OVERLOADED` when the adapter hangs;
   * it was not begun.
   */
  async run(write: () => Promise<void>): Promise<void> {
    await this.#enter();
    let isOverdue = false;
    const written = write().finally(() => {
      if (isOverdue) this.#overdue -= 1;
      this.#leave();
    });
    const late = (): Error => {
      isOverdue = true;
      this.#overdue += 1;
      this.#refuseAllIfStuck();
      return tooLate(this.#options.limit);
    };
    await withTimeLimit(written, { ...this.#options, late });
  }

  async #enter(): Promise<void> {
    if (this.#isStuck) throw overloaded();
    if (this.#underWay >= MAX_WRITES_AT_ONCE) {
      await new Promise<void>((enter, refuse) => this.#waiting.push({ enter, refuse }));
    } else {
      this.#underWay += 1;
    }
  }

  /** Hands the place to whoever waits longest, if anyone does. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#underWay -= 1;
    else next.enter();
  }

  get #isStuck(): boolean {
    return this.#overdue >= MAX_WRITES_AT_ONCE;
  }

  #refuseAllIfStuck(): void {
    if (!this.#isStuck) return;
    for (const { refuse } of this.#waiting.splice(0)) refuse(overloaded());
  }
}

function overloaded(): StorageError {
  const message = `${MAX_WRITES_AT_ONCE} writes hang in the storage adapter already; this one was left out.`;
  return new StorageError(StorageErrorCode.STORAGE_OVERLOADED, message);
}

function tooLate(limit: number): StorageError {
  const message = `The storage adapter did not answer within ${limit} ms; the delivery went on without it.`;
  return new StorageError(StorageErrorCode.STORAGE_TIMEOUT, message);
}
