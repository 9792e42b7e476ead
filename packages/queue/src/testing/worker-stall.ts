import type { JobStore } from '../job-store.ts';

/**
 * Makes the workers on a store stall at will: the `stallWorkers` of a harness whose adapter is a `StoreQueueAdapter`. It steps between runtime
 * and store, so that neither knows: a stalled worker's heartbeats do not arrive and its claims get no answer, everything else passes.
 *
 * Make it before the adapter, or before the adapter's first worker.
 */
export class WorkerStall {
  readonly #alive = new Set<string>();
  readonly #stalled = new Set<string>();
  readonly #released: Promise<void>;
  #release: () => void = () => undefined;

  constructor(store: JobStore) {
    this.#released = new Promise((resolve) => {
      this.#release = resolve;
    });
    const heartbeat = store.heartbeat.bind(store);
    const claim = store.claim.bind(store);
    store.heartbeat = async (workerId, leaseMs) => {
      if (this.#isStalled(workerId)) return;
      await heartbeat(workerId, leaseMs);
    };
    store.claim = async (request) => {
      if (!this.#isStalled(request.workerId)) return claim(request);
      await this.#released;
      return [];
    };
    const settleAndClaim = store.settleAndClaim?.bind(store);
    if (settleAndClaim === undefined) return;
    store.settleAndClaim = async (settlements, request) => {
      if (!this.#isStalled(request.workerId)) return settleAndClaim(settlements, request);
      return { results: await store.settle(settlements), claimed: [] };
    };
  }

  /** Stalls every worker that was seen so far. */
  stallAll(): void {
    for (const workerId of this.#alive) this.#stalled.add(workerId);
    this.#alive.clear();
  }

  /** Answers the claims that hang, with nothing, so that the adapter can be closed. */
  release(): void {
    this.#release();
  }

  #isStalled(workerId: string): boolean {
    if (this.#stalled.has(workerId)) return true;
    this.#alive.add(workerId);
    return false;
  }
}
