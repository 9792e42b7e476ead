import type { Clock } from '@townkrier/core';
import { toFrozenJson } from '../frozen-json.ts';
import type { SharedChange, SharedEntry, SharedState } from '../job-store.ts';

/** Small values that everything in this process shares; gone when it ends. */
export class SharedValues implements SharedState {
  readonly #clock: Clock;
  readonly #entries = new Map<string, SharedEntry>();
  readonly #callbacks = new Set<() => void>();
  #writes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async read(key: string): Promise<SharedEntry | null> {
    return this.#entries.get(key) ?? null;
  }

  async list(prefix: string): Promise<readonly SharedEntry[]> {
    const found = [...this.#entries.values()].filter(({ key }) => key.startsWith(prefix));
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async write({ key, value, version }: SharedChange): Promise<string | null> {
    if ((this.#entries.get(key)?.version ?? null) !== version) return null;
    const kept = toFrozenJson(value, { what: 'value', maxBytes: Number.POSITIVE_INFINITY });
    this.#writes++;
    const next = String(this.#writes);
    if (kept === null) this.#entries.delete(key);
    else this.#entries.set(key, Object.freeze({ key, value: kept, version: next }));
    for (const callback of this.#callbacks) callback();
    return next;
  }

  async now(): Promise<number> {
    return this.#clock.now();
  }

  onChange(callback: () => void): () => void {
    // A wrapper of its own, so that one function registered twice is undone one at a time.
    const notify = (): void => callback();
    this.#callbacks.add(notify);
    return () => this.#callbacks.delete(notify);
  }
}
