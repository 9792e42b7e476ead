import { type Clock, functionOption, parseOptions, systemClock } from '@townkrier/core';
import { z } from 'zod';
import type { Step } from '../chains/step.ts';
import { createJobId } from '../job-id.ts';
import { unsupported } from '../new-job.ts';
import { warningOf } from '../process-warning.ts';
import type { QueueAdapter } from '../queue-adapter.ts';
import { toChildren } from './batch-jobs.ts';
import { BatchKeeper } from './batch-keeper.ts';
import { type BatchOptions, resolveBatch } from './batch-options.ts';
import type { BatchCounts } from './batch-outcome.ts';
import { type BatchState, BatchStore } from './batch-state.ts';
import { BatchWatch } from './batch-watch.ts';
import { countChildren } from './child-scan.ts';

const warnOfBatchError = warningOf('A batch could not be looked after and is tried again.');

/** What batches need of an adapter. */
export type BatchAdapter = Pick<QueueAdapter, 'add' | 'getJob' | 'on' | 'shared' | 'capabilities'>;

/** How batches are looked after. */
export interface BatchesOptions {
  /** What wakes the watch; the time itself is the store's. @default the machine's clock */
  readonly clock?: Clock | undefined;
  /** Told when the store fails, or a batch cannot be read or its follower not be added; tried again after 5 seconds. @default a process warning */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** How a batch stands. */
export interface Batch extends BatchCounts {
  readonly id: string;
  readonly total: number;
  /** Wait or run. */
  readonly unfinished: number;
  readonly addedAt: Date;
  /** When all had ended and `whenDone` was added; the counts are those of that moment from then on. */
  readonly doneAt: Date | null;
}

const optionsSchema = z.strictObject({
  clock: z.custom<Clock>((value) => typeof value === 'object' && value !== null).default(systemClock),
  onError: functionOption<(error: unknown) => void>().default(() => warnOfBatchError),
});

/**
 * Jobs that belong together, and one that follows when all of them have ended. A batch survives its processes: whichever watches sees its end, and what follows is added once, under
 * an id that follows from the batch's, as long as the adapter keeps jobs that have ended for a moment.
 *
 * @example
 * await batches.add({ jobs: members.map(({ id }) => step(sendInvoice, { id })), whenDone: step(reportInvoices, { month }) });
 */
export class Batches {
  readonly #adapter: BatchAdapter;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #parts: { readonly store: BatchStore; readonly keeper: BatchKeeper } | null;
  #watch: BatchWatch | undefined;
  #stopping: Promise<void> = Promise.resolve();

  /**
   * @param adapter - Not closed by this. One whose processes share nothing is taken, and every call but `start` and `stop` refused.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option.
   */
  constructor(adapter: BatchAdapter, options: BatchesOptions = {}) {
    const { clock, onError } = parseOptions(optionsSchema, options, 'Batches');
    this.#adapter = adapter;
    this.#clock = clock;
    this.#onError = onError;
    const store = adapter.shared === undefined ? null : new BatchStore(adapter.shared);
    this.#parts = store && { store, keeper: new BatchKeeper({ adapter, store }) };
  }

  /**
   * Stores the jobs of a batch, all or none, in one commit. Adding one with the id of another changes nothing and tells of that one: after a crash or an error of which nobody
   * knows whether it was stored, add it again under the same id. That holds while the first goes on, and for a day after.
   *
   * @returns its id, and how many jobs it has.
   * @throws {QueueError} `QUEUE_FULL`; `QUEUE_PAYLOAD_INVALID`; `QUEUE_PAYLOAD_TOO_LARGE`; `QUEUE_CLOSED`; `QUEUE_UNAVAILABLE`; `QUEUE_UNSUPPORTED` where processes share no values.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option, or more than 10,000 jobs.
   */
  async add(options: BatchOptions): Promise<{ readonly id: string; readonly total: number }> {
    const { id = createJobId(), jobs, whenDone = null } = resolveBatch(options);
    const { store, keeper } = this.#requireParts();
    const addedAt = await store.now();
    const wanted: BatchState = { total: jobs.length, whenDone, addedAt, isAdded: false, done: null };
    const kept = await store.change(id, (state) => state ?? wanted);
    const { total } = kept.isAdded ? kept : await this.#addJobs(id, jobs, { wanted, kept });
    if (total === 0) await keeper.look(id);
    this.#watch?.notice(id);
    return { id, total };
  }

  /**
   * How a batch stands, or `null` for one that was never added, or ended more than an hour ago. Reads each of its jobs until it has ended: not for a page that asks every second.
   * @throws {QueueError} `QUEUE_UNSUPPORTED`; `QUEUE_UNAVAILABLE`.
   */
  async get(id: string): Promise<Batch | null> {
    const { store } = this.#requireParts();
    const state = await store.get(id);
    if (state === null || !state.isAdded) return null;
    const { total, done } = state;
    const counts = done?.counts ?? (await countChildren({ adapter: this.#adapter, id, total }));
    return {
      id,
      total,
      ...counts,
      unfinished: total - counts.completed - counts.failed - counts.cancelled - counts.forgotten,
      addedAt: new Date(state.addedAt),
      doneAt: done && new Date(done.at),
    };
  }

  /** Looks after all batches of the backend in this process, until `stop`. Does nothing while it does, nor where processes share nothing. */
  start(): void {
    if (this.#parts === null) return;
    this.#watch ??= new BatchWatch({
      ...this.#parts,
      adapter: this.#adapter,
      clock: this.#clock,
      onError: this.#onError,
    });
  }

  /** Stops looking after them, and resolves when what is in hand is done. May be started again without waiting. */
  stop(): Promise<void> {
    const watch = this.#watch;
    this.#watch = undefined;
    if (watch !== undefined)
      this.#stopping = Promise.all([this.#stopping, watch.stop()]).then(() => undefined);
    return this.#stopping;
  }

  /** @param states - What is wanted, and what is kept: of another that died before it said that the jobs are there, or is about to. */
  async #addJobs(
    id: string,
    jobs: readonly Step[],
    { wanted, kept }: { readonly wanted: BatchState; readonly kept: BatchState },
  ): Promise<BatchState> {
    const { store, keeper } = this.#requireParts();
    const isThere = await keeper.wereAdded(id);
    if (!isThere) await this.#adapter.add(toChildren(id, jobs, wanted.addedAt));
    const added = { ...(isThere ? kept : wanted), isAdded: true };
    return store.change(id, (state) => (state?.isAdded ? state : added));
  }

  #requireParts() {
    if (this.#parts !== null) return this.#parts;
    throw unsupported('values that processes share, and so no batches');
  }
}
