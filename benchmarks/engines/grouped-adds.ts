import type { BenchmarkPayload } from '../harness/payload.ts';

/** What a hand-written producer would do too: the adds of one turn of the event loop, and those made while a commit is under way, share a commit. */
export class GroupedAdds {
  readonly #insert: (payloads: readonly BenchmarkPayload[]) => Promise<void>;
  #payloads: BenchmarkPayload[] = [];
  #next: Promise<void> | undefined;
  #current: Promise<void> = Promise.resolve();

  constructor(insert: (payloads: readonly BenchmarkPayload[]) => Promise<void>) {
    this.#insert = insert;
  }

  /** Resolves when it is stored. */
  add(payload: BenchmarkPayload): Promise<void> {
    this.#payloads.push(payload);
    this.#next ??= this.#commitSoon();
    return this.#next;
  }

  async #commitSoon(): Promise<void> {
    await Promise.all([this.#current, new Promise((resolve) => setImmediate(resolve))]);
    const payloads = this.#payloads;
    this.#payloads = [];
    this.#next = undefined;
    this.#current = this.#insert(payloads);
    await this.#current;
  }
}
