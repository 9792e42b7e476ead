import type { QueueAdapter } from '../queue-adapter.ts';
import { childId, toFollower } from './batch-jobs.ts';
import type { BatchCounts } from './batch-outcome.ts';
import type { BatchState, BatchStore } from './batch-state.ts';
import { ChildScan } from './child-scan.ts';

/** Milliseconds after which a batch whose jobs never came is forgotten: whoever wanted to add it has died. */
const ABANDONED_MS = 3_600_000;
/** Milliseconds in which a batch can be asked for after it ended. */
const KEPT_MS = 3_600_000;

/** What a {@link BatchKeeper} works with. */
export interface BatchKeeperParts {
  readonly adapter: Pick<QueueAdapter, 'add' | 'getJob'>;
  readonly store: BatchStore;
}

/** Brings batches to their ends. Any number of processes may do so with the same ones at once. */
export class BatchKeeper {
  readonly #parts: BatchKeeperParts;
  readonly #scans = new Map<string, ChildScan>();

  constructor(parts: BatchKeeperParts) {
    this.#parts = parts;
  }

  /** Adds what follows a batch, if all its jobs have ended, and forgets one that was over long ago. Does nothing for what is no batch. */
  async look(id: string): Promise<void> {
    const { store } = this.#parts;
    const kept = await store.get(id);
    if (kept === null || kept.done !== null) return this.#letGo(id, kept);
    const state = kept.isAdded ? kept : await this.#confirm(id, kept);
    if (state === null) return;
    const counts = await this.#scanOf(id, state).look();
    if (counts !== null) await this.#finish(id, state, counts);
  }

  /** Whether the jobs of a batch are there, of which that is not known. They are stored all or none. */
  async wereAdded(id: string): Promise<boolean> {
    return (await this.#parts.adapter.getJob(childId(id, 0))) !== null;
  }

  /** Somebody wrote that there will be a batch, and not yet that there is one. @returns it, if there is. */
  async #confirm(id: string, state: BatchState): Promise<BatchState | null> {
    const { store } = this.#parts;
    if (await this.wereAdded(id))
      return store.change(id, (current) => current && { ...current, isAdded: true });
    if ((await store.now()) - state.addedAt > ABANDONED_MS) {
      await store.change(id, (current) => (current?.isAdded === false ? null : current));
    }
    return null;
  }

  /** What follows is added first: a process that dies between the two has its job found by the next one. */
  async #finish(id: string, state: BatchState, counts: BatchCounts): Promise<void> {
    const { adapter, store } = this.#parts;
    const at = await store.now();
    const { total, whenDone } = state;
    if (whenDone !== null) await adapter.add([toFollower({ id, total, counts }, whenDone, at)]);
    // What is kept for those who ask gets small.
    await store.change(id, (current) =>
      current === null || current.done !== null
        ? current
        : { ...current, whenDone: null, done: { at, counts } },
    );
    this.#scans.delete(id);
  }

  async #letGo(id: string, state: BatchState | null): Promise<void> {
    this.#scans.delete(id);
    const { store } = this.#parts;
    if (state === null || state.done === null || (await store.now()) - state.done.at < KEPT_MS) return;
    await store.change(id, (current) => (current?.done === null ? current : null));
  }

  #scanOf(id: string, { total }: BatchState): ChildScan {
    const scan = this.#scans.get(id) ?? new ChildScan({ adapter: this.#parts.adapter, id, total });
    this.#scans.set(id, scan);
    return scan;
  }
}
