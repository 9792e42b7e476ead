import type { Clock, Timer } from '@townkrier/core';
import type { QueueAdapter } from '../queue-adapter.ts';
import { batchOf } from './batch-jobs.ts';
import type { BatchKeeper } from './batch-keeper.ts';
import type { BatchStore } from './batch-state.ts';

/** Milliseconds between two looks at all batches: what other processes saw end may have died with them. */
const SWEEP_MS = 30_000;
/** Milliseconds between two looks at those of which a job has ended here. */
const LOOK_MS = 1_000;
/** Milliseconds until what failed is tried again. */
const RETRY_MS = 5_000;

/** What a watch works with. */
export interface BatchWatchParts {
  readonly adapter: Pick<QueueAdapter, 'on' | 'capabilities'>;
  readonly keeper: BatchKeeper;
  readonly store: BatchStore;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/**
 * Looks after batches: soon after a job of one has ended in this process, at most once a second, and now and then after all of them. Where processes share nothing, only while there
 * are any.
 */
export class BatchWatch {
  readonly #parts: BatchWatchParts;
  readonly #stopListening: () => void;
  /** Batches to look at. */
  #noticed = new Set<string>();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #sweepAt: number;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #isStopped = false;

  /** Looks at all of them at once. */
  constructor(parts: BatchWatchParts) {
    this.#parts = parts;
    const notice = ({ jobId }: { readonly jobId: string }) => this.#noticeJob(jobId);
    const names = ['job:completed', 'job:failed', 'job:cancelled', 'job:deleted'] as const;
    const stops = names.map((name) => parts.adapter.on(name, notice));
    this.#stopListening = () => {
      for (const stop of stops) stop();
    };
    this.#sweepAt = parts.clock.now();
    this.#look();
  }

  /** Looks at a batch soon, and goes on looking after it. */
  notice(id: string): void {
    this.#noticed.add(id);
    this.#sweepAt = Math.min(this.#sweepAt, this.#parts.clock.now() + SWEEP_MS);
    if (this.#looking === undefined) this.#plan();
  }

  /** Resolves when what is in hand is done. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopListening();
    this.#timer?.cancel();
    await this.#looking;
  }

  #noticeJob(jobId: string): void {
    const id = batchOf(jobId);
    if (id !== null) this.notice(id);
  }

  /** Plans the next look, unless an earlier one is planned. */
  #plan(): void {
    const lookAt = this.#noticed.size > 0 ? this.#lookedAt + LOOK_MS : Number.POSITIVE_INFINITY;
    const at = Math.min(lookAt, this.#sweepAt);
    if (this.#isStopped || at >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    const { clock } = this.#parts;
    this.#timer = clock.schedule(() => this.#look(), Math.max(0, at - clock.now()));
  }

  #look(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#looking = this.#lookAtNoticed()
      .catch((error: unknown) => this.#fail(error))
      .then(() => {
        this.#looking = undefined;
        this.#plan();
      });
  }

  async #lookAtNoticed(): Promise<void> {
    const { keeper, clock } = this.#parts;
    if (this.#sweepAt <= clock.now()) await this.#noticeAll();
    const ids = this.#noticed;
    this.#noticed = new Set();
    this.#lookedAt = clock.now();
    for (const id of ids) {
      if (this.#isStopped) return;
      // One that fails does not keep the others from their ends.
      await keeper.look(id).catch((error: unknown) => this.#fail(error));
    }
  }

  async #noticeAll(): Promise<void> {
    const { store, adapter, clock } = this.#parts;
    const ids = await store.ids();
    for (const id of ids) this.#noticed.add(id);
    const isNeeded = ids.length > 0 || adapter.capabilities.isShared;
    this.#sweepAt = isNeeded ? clock.now() + SWEEP_MS : Number.POSITIVE_INFINITY;
  }

  #fail(error: unknown): void {
    this.#parts.onError(error);
    this.#sweepAt = this.#parts.clock.now() + RETRY_MS;
  }
}
