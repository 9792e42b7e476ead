import type { JobFence, JobPatch, JobStore, JobUpdate } from './job-store.ts';
import { soon } from './runtime.ts';

interface PendingUpdate extends JobUpdate {
  readonly resolve: (isHeld: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Stores what running jobs change in one tick together, where the store can. Fifty notifications that note at once that they are about to be sent are one
 * commit then, and not fifty.
 */
export class GroupUpdate {
  readonly #store: JobStore;
  #pending: PendingUpdate[] = [];

  constructor(store: JobStore) {
    this.#store = store;
  }

  /** Resolves when the change is stored; with `false` when it was refused, because the fence no longer held. */
  update(fence: JobFence, patch: JobPatch): Promise<boolean> {
    if (this.#store.updateMany === undefined) return this.#store.update(fence, patch);
    return new Promise((resolve, reject) => {
      this.#pending.push({ fence, patch, resolve, reject });
      if (this.#pending.length === 1) soon(this.#store, this.#flush);
    });
  }

  readonly #flush = (): void => {
    const updates = this.#pending;
    this.#pending = [];
    void this.#commit(updates);
  };

  /** Does not wait for an earlier one: a job that ends meanwhile must not overtake what it said before. Never rejects. */
  async #commit(updates: readonly PendingUpdate[]): Promise<void> {
    try {
      const held = await this.#store.updateMany?.(updates.map(({ fence, patch }) => ({ fence, patch })));
      for (const [i, { resolve }] of updates.entries()) resolve(held?.[i] ?? false);
    } catch (error) {
      for (const { reject } of updates) reject(error);
    }
  }
}
