import type { Timer } from '@townkrier/core';
import type { ClaimedJob, ClaimRequest, Settlement, SettleResult } from './job-store.ts';
import type { RunningJob } from './running-job.ts';
import { type Runtime, soon } from './runtime.ts';

/** Milliseconds before a commit that failed is tried again. */
const STORE_RETRY_DELAY = 1_000;

const NOTHING_CLAIMED: readonly ClaimedJob[] = [];

/** Who ends jobs here: a worker. */
export interface Settler {
  /** Settlements in one commit, where several commits may be under way. */
  readonly mostTogether: number;
  /** Commits under way at once, where a store takes several. */
  readonly stepsAtOnce: number;
  /** Told of each settlement once the store has decided about it. */
  onSettled(running: RunningJob, settlement: Settlement, result: SettleResult): void;
  /** Called after each commit, when all its settlements were told of and all it claimed was handed over. */
  onCommit(): void;
  /** What to claim in place of jobs that end now, or `null` for nothing. */
  claimInPlaceOf(ending: readonly RunningJob[]): ClaimRequest | null;
  onClaimed(claimed: readonly ClaimedJob[]): void;
}

/**
 * Commits the settlements of one tick together. When the store fails, they are kept and tried again, so that finished work is not repeated because of
 * a hiccup.
 *
 * Commits follow one another. Only to a store that also claims with them (`settleAndClaim`) several are sent at once, so that store and worker do not wait
 * for each other in turn. What ends while as many are under way as may be is collected for the next.
 */
export class SettlementQueue {
  readonly #runtime: Runtime;
  readonly #settler: Settler;
  #settlements: Settlement[] = [];
  #runnings: RunningJob[] = [];
  /** Whether a flush is planned, under way, or waits to be tried again. */
  #isFlushing = false;
  #stepsUnderWay = 0;
  #retryTimer: Timer | undefined;

  constructor(runtime: Runtime, settler: Settler) {
    this.#runtime = runtime;
    this.#settler = settler;
  }

  push(running: RunningJob, settlement: Settlement): void {
    this.#settlements.push(settlement);
    this.#runnings.push(running);
    this.#planFlush();
  }

  /** Gives up trying again. */
  close(): void {
    this.#retryTimer?.cancel();
  }

  #planFlush(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    soon(this.#runtime.store, this.#startFlush);
  }

  readonly #startFlush = (): void => {
    if (this.#runtime.store.settleAndClaim === undefined) void this.#flush();
    else this.#flushAtOnce();
  };

  /** One commit after the other. Never rejects. */
  async #flush(): Promise<void> {
    while (this.#settlements.length > 0) {
      const batch: Batch = { settlements: this.#settlements, runnings: this.#runnings };
      this.#settlements = [];
      this.#runnings = [];
      try {
        this.#tell(batch, await this.#runtime.store.settle(batch.settlements));
      } catch (error) {
        this.#tryLater(batch, error);
        return;
      }
    }
    this.#isFlushing = false;
  }

  #flushAtOnce(): void {
    this.#isFlushing = false;
    const { mostTogether, stepsAtOnce } = this.#settler;
    while (this.#settlements.length > 0 && this.#stepsUnderWay < stepsAtOnce) {
      const settlements = this.#settlements.splice(0, mostTogether);
      void this.#settleAndClaim({ settlements, runnings: this.#runnings.splice(0, mostTogether) });
    }
  }

  /** Never rejects. */
  async #settleAndClaim(batch: Batch): Promise<void> {
    const { store } = this.#runtime;
    const request = this.#settler.claimInPlaceOf(batch.runnings);
    this.#stepsUnderWay++;
    try {
      if (store.settleAndClaim === undefined || request === null) {
        this.#tell(batch, await store.settle(batch.settlements));
        return;
      }
      const { results, claimed } = await store.settleAndClaim(batch.settlements, request);
      this.#tell(batch, results, claimed);
    } catch (error) {
      this.#tryLater(batch, error);
    } finally {
      this.#stepsUnderWay--;
      if (this.#settlements.length > 0) this.#planFlush();
    }
  }

  #tryLater({ settlements, runnings }: Batch, error: unknown): void {
    this.#settlements = [...settlements, ...this.#settlements];
    this.#runnings = [...runnings, ...this.#runnings];
    this.#isFlushing = true;
    this.#runtime.onError(error);
    this.#retryTimer?.cancel();
    this.#retryTimer = this.#runtime.clock.schedule(this.#startFlush, STORE_RETRY_DELAY);
  }

  #tell(
    { settlements, runnings }: Batch,
    results: readonly SettleResult[],
    claimed: readonly ClaimedJob[] = NOTHING_CLAIMED,
  ): void {
    for (let i = 0; i < settlements.length; i++) {
      const running = runnings[i];
      const settlement = settlements[i];
      if (running !== undefined && settlement !== undefined) {
        this.#settler.onSettled(running, settlement, results[i] ?? 'stale');
      }
    }
    if (claimed.length > 0) this.#settler.onClaimed(claimed);
    this.#settler.onCommit();
  }
}

/** Settlements that are committed together, and the attempts they end, in the same order. */
interface Batch {
  readonly settlements: readonly Settlement[];
  readonly runnings: readonly RunningJob[];
}
