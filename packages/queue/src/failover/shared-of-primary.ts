import type { SharedChange, SharedEntry, SharedState } from '../job-store.ts';
import type { BothSides } from './both-sides.ts';

/**
 * What the processes of the primary share, asked as everything else is asked of it. The fallback never stands in: two processes of which one has lost the
 * primary would otherwise disagree about what was decided.
 */
export class SharedOfPrimary implements SharedState {
  readonly #shared: SharedState;
  readonly #both: Pick<BothSides, 'ask'>;

  constructor(shared: SharedState, both: Pick<BothSides, 'ask'>) {
    this.#shared = shared;
    this.#both = both;
  }

  read(key: string): Promise<SharedEntry | null> {
    return this.#both.ask(() => this.#shared.read(key));
  }

  list(prefix: string): Promise<readonly SharedEntry[]> {
    return this.#both.ask(() => this.#shared.list(prefix));
  }

  write(change: SharedChange): Promise<string | null> {
    return this.#both.ask(() => this.#shared.write(change));
  }

  now(): Promise<number> {
    return this.#both.ask(() => this.#shared.now());
  }

  onChange(callback: () => void): () => void {
    return this.#shared.onChange(callback);
  }
}
