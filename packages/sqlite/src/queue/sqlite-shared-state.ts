import type { Clock } from '@townkrier/core';
import type { SharedChange, SharedEntry, SharedState } from '@townkrier/queue';
import type { SharedValues } from './shared-values.ts';

/** What a {@link SqliteSharedState} needs. */
export interface SqliteSharedStateOptions {
  readonly values: SharedValues;
  readonly clock: Clock;
  /** Runs work in a transaction of the store. */
  readonly write: <Result>(work: () => Result) => Promise<Result>;
  /** Called when somebody begins or ends to listen. */
  readonly onListening: () => void;
}

interface PendingWrite {
  readonly change: SharedChange;
  readonly resolve: (version: string | null) => void;
  readonly reject: (error: unknown) => void;
}

/** What the processes of a file share beside the jobs. The writes of one turn of the event loop share a commit; each is refused or made by itself. */
export class SqliteSharedState implements SharedState {
  readonly #values: SharedValues;
  readonly #clock: Clock;
  readonly #write: SqliteSharedStateOptions['write'];
  readonly #onListening: () => void;
  readonly #callbacks = new Set<() => void>();
  #pending: PendingWrite[] = [];
  /** How many writes this process knows of. */
  #seenWrites = 0;

  constructor({ values, clock, write, onListening }: SqliteSharedStateOptions) {
    this.#values = values;
    this.#clock = clock;
    this.#write = write;
    this.#onListening = onListening;
  }

  async read(key: string): Promise<SharedEntry | null> {
    return this.#values.read(key);
  }

  async list(prefix: string): Promise<readonly SharedEntry[]> {
    return this.#values.list(prefix);
  }

  write(change: SharedChange): Promise<string | null> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ change, resolve, reject });
      if (this.#pending.length === 1) setImmediate(this.#flush);
    });
  }

  async now(): Promise<number> {
    return this.#clock.now();
  }

  onChange(callback: () => void): () => void {
    // A wrapper of its own, so that one function registered twice is undone one at a time.
    const tell = (): void => callback();
    if (this.#callbacks.size === 0) this.#seenWrites = this.#values.writes();
    this.#callbacks.add(tell);
    this.#onListening();
    return () => {
      this.#callbacks.delete(tell);
      this.#onListening();
    };
  }

  /** Whether somebody wants to hear of changes. */
  get hasListeners(): boolean {
    return this.#callbacks.size > 0;
  }

  /** To be called after a commit, of this process or another: tells the listeners, if it wrote here. */
  readonly look = (): void => {
    if (!this.hasListeners) return;
    const writes = this.#values.writes();
    if (writes === this.#seenWrites) return;
    this.#seenWrites = writes;
    for (const tell of this.#callbacks) tell();
  };

  /** From here on nobody is told anything. */
  close(): void {
    this.#callbacks.clear();
  }

  readonly #flush = (): void => {
    const writes = this.#pending;
    this.#pending = [];
    void this.#commit(writes);
  };

  /** Never rejects. */
  async #commit(writes: readonly PendingWrite[]): Promise<void> {
    try {
      const versions = await this.#write(() => writes.map(({ change }) => this.#values.write(change)));
      for (const [i, { resolve }] of writes.entries()) resolve(versions[i] ?? null);
    } catch (error) {
      for (const { reject } of writes) reject(error);
      return;
    }
    this.look();
  }
}
