import type { Clock } from '@townkrier/core';
import { toFrozenJson } from '../frozen-json.ts';
import type { SharedChange, SharedEntry, SharedState } from '../job-store.ts';

/** Small values that everything in this process shares; gone when it ends. */
export class SharedValues implements SharedState {
  readonly #clock: Clock;
  /** By how their keys begin, up to the first colon: nobody who lists pauses looks at thousands of windows. */
  readonly #groups = new Map<string, Map<string, SharedEntry>>();
  readonly #callbacks = new Set<() => void>();
  #writes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async read(key: string): Promise<SharedEntry | null> {
    return this.#groups.get(groupOf(key))?.get(key) ?? null;
  }

  async list(prefix: string): Promise<readonly SharedEntry[]> {
    const groups = prefix.includes(':') ? [this.#groups.get(groupOf(prefix))] : this.#groups.values();
    const entries = [...groups].flatMap((group) => (group === undefined ? [] : [...group.values()]));
    const found = entries.filter(({ key }) => key.startsWith(prefix));
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async write({ key, value, version }: SharedChange): Promise<string | null> {
    const group = this.#groups.get(groupOf(key)) ?? new Map<string, SharedEntry>();
    if ((group.get(key)?.version ?? null) !== version) return null;
    const kept = toFrozenJson(value, { what: 'value', maxBytes: Number.POSITIVE_INFINITY });
    this.#writes++;
    const next = String(this.#writes);
    if (kept === null) group.delete(key);
    else group.set(key, Object.freeze({ key, value: kept, version: next }));
    this.#groups.set(groupOf(key), group);
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

function groupOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf(':')));
}
