import { parseOptions, TypedEmitter } from '@townkrier/core';
import { z } from 'zod';
import { QueueError, QueueErrorCode } from './errors.ts';
import type { EventStream } from './event-stream/event-stream.ts';
import { type ToldEvents, tellEvents } from './event-stream/tell-events.ts';
import type { QueueEventListener, QueueEventName, QueueEvents } from './events.ts';
import { toFrozenJson } from './frozen-json.ts';
import { GroupInsert } from './group-insert.ts';
import { GroupUpdate } from './group-update.ts';
import type { QueueJob } from './job.ts';
import { resolveJobSearch } from './job-search.ts';
import type { JobStore, JobToInsert, ReplayOptions, SharedState } from './job-store.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import {
  checkMaxReplays,
  checkSupported,
  checkTransaction,
  type JobDefaults,
  toJobToInsert,
} from './new-job.ts';
import { PauseWatch } from './policy/pause-watch.ts';
import { checkRateLimit, rateLimitSchema } from './policy/rate-limit.ts';
import type {
  AddOptions,
  JobFilters,
  JobHandler,
  JobPage,
  NewJob,
  QueueAdapter,
  QueueCapabilities,
  QueueStats,
  Worker,
  WorkOptions,
} from './queue-adapter.ts';
import { emitJobEvent, type Runtime } from './runtime.ts';
import {
  type ResolvedStoreQueueAdapterOptions,
  resolveStoreQueueAdapterOptions,
  type StoreQueueAdapterOptions,
} from './store-queue-adapter-options.ts';
import { StoreWorker } from './worker.ts';

const workOptionsSchema = z.strictObject({
  concurrency: z.int().min(1).optional(),
  queues: z.array(z.string().min(1)).min(1).optional(),
  exceptQueues: z.array(z.string().min(1)).optional(),
  pollInterval: z.number().min(1).optional(),
  rateLimit: rateLimitSchema.optional(),
});

/** A queue on any {@link JobStore}: group commit, workers, retries, leases and events, the same on every store. */
export class StoreQueueAdapter implements QueueAdapter {
  readonly capabilities: QueueCapabilities;
  readonly countAhead?: (id: string) => Promise<number | null>;
  readonly shared?: SharedState;
  readonly stream?: EventStream;
  /** What it writes to; for subclasses that test or extend it. */
  protected readonly store: JobStore;
  readonly #runtime: Runtime;
  readonly #defaults: JobDefaults;
  readonly #inserts: GroupInsert;
  readonly #leases: LeaseKeeper;
  readonly #workers = new Set<StoreWorker>();
  readonly #told: ToldEvents | undefined;
  #closed: Promise<void> | undefined;

  /**
   * @param store - Closed with the adapter.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option, naming key and value.
   * @throws {QueueError} `QUEUE_UNSUPPORTED` for an `eventStream` on a store that keeps no events.
   */
  constructor(store: JobStore, options: StoreQueueAdapterOptions = {}) {
    const resolved = resolveStoreQueueAdapterOptions(options, new.target.name);
    this.capabilities = store.capabilities;
    this.store = store;
    if (store.shared !== undefined) this.shared = store.shared;
    if (store.countAhead !== undefined) this.countAhead = async (id) => store.countAhead?.(id) ?? null;
    this.#defaults = { ...resolved, backoffNames: new Set(Object.keys(resolved.backoffs)) };
    this.#runtime = createRuntime(store, resolved);
    this.#told = tellEvents(this.#runtime, resolved);
    if (this.#told !== undefined) this.stream = this.#told.stream;
    this.#inserts = new GroupInsert(this.#runtime);
    this.#leases = new LeaseKeeper(this.#runtime, resolved);
    store.onRevoked?.(({ jobId, claim }) => {
      for (const worker of this.#workers) worker.releaseCancelled(jobId, claim);
    });
  }

  add(jobs: readonly NewJob[], { transaction }: AddOptions = {}): Promise<QueueJob[]> {
    // Not `async`: it runs for every job, and would wrap one promise in another.
    try {
      this.#checkOpen();
      if (transaction === undefined) return this.#inserts.add(this.#toInsert(jobs));
      return this.#addWithin(transaction, jobs);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async getJob(id: string): Promise<QueueJob | null> {
    return this.store.get(id);
  }

  async findJobs(filters: JobFilters): Promise<JobPage> {
    return this.store.find(resolveJobSearch(filters, this.capabilities));
  }

  async getStats(queue?: string): Promise<QueueStats> {
    return this.store.stats(queue);
  }

  async retryJob(id: string, options: ReplayOptions = {}): Promise<QueueJob> {
    this.#checkOpen();
    const job = await this.store.retry(id, this.#toReplay(options));
    emitJobEvent(this.#runtime, 'job:enqueued', job, {});
    return job;
  }

  async cancelJob(id: string): Promise<QueueJob> {
    const { job } = await this.store.cancel(id);
    for (const worker of this.#workers) worker.releaseCancelled(id);
    emitJobEvent(this.#runtime, 'job:cancelled', job, {});
    return job;
  }

  async deleteJob(id: string): Promise<void> {
    const job = await this.store.remove(id);
    emitJobEvent(this.#runtime, 'job:deleted', job, {});
  }

  /**
   * Starts a worker. Several may run at once.
   * @throws {QueueError} `QUEUE_CLOSED` after `close()`.
   * @throws {QueueError} `QUEUE_UNSUPPORTED` for a `rateLimit` where processes share no values.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option.
   */
  work(handler: JobHandler, options: WorkOptions = {}): Worker {
    this.#checkOpen();
    parseOptions(workOptionsSchema, options, 'work');
    checkRateLimit(options, this.capabilities);
    const worker = new StoreWorker(
      { runtime: this.#runtime, onStopped: this.#onWorkerStopped },
      handler,
      options,
    );
    this.#workers.add(worker);
    void this.#leases.join(worker.id).then(worker.wake);
    return worker;
  }

  on<Name extends QueueEventName>(event: Name, listener: QueueEventListener<Name>): () => void {
    return this.#runtime.events.on(event, listener);
  }

  async ping(): Promise<void> {
    await this.store.ping?.();
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #addWithin(transaction: object, jobs: readonly NewJob[]): Promise<QueueJob[]> {
    checkTransaction(transaction, this.capabilities);
    const inserted = await this.store.insert(this.#toInsert(jobs), transaction);
    return inserted.map(({ job }) => job);
  }

  #toInsert(jobs: readonly NewJob[]): readonly JobToInsert[] {
    return jobs.map((job) => {
      const toInsert = toJobToInsert(job, this.#defaults);
      checkSupported(toInsert, this.capabilities, this.#runtime.clock);
      return toInsert;
    });
  }

  #toReplay({ maxReplays, payload }: ReplayOptions): ReplayOptions {
    const { maxPayloadBytes: maxBytes } = this.#defaults;
    return {
      ...(maxReplays !== undefined && { maxReplays: checkMaxReplays(maxReplays) }),
      ...(payload !== undefined && { payload: toFrozenJson(payload, { what: 'payload', maxBytes }) }),
    };
  }

  async #closeAll(): Promise<void> {
    this.#told?.stream.close();
    await Promise.all([...this.#workers].map((worker) => worker.stop()));
    await this.#inserts.idle();
    await this.#told?.writer.finish();
    await this.store.close();
  }

  readonly #onWorkerStopped = async (worker: StoreWorker): Promise<void> => {
    this.#workers.delete(worker);
    await this.#leases.leave(worker.id);
  };

  #checkOpen(): void {
    if (this.#closed === undefined) return;
    throw new QueueError(QueueErrorCode.QUEUE_CLOSED, 'The queue is closed. Make a new adapter to go on.');
  }
}

function createRuntime(store: JobStore, options: ResolvedStoreQueueAdapterOptions): Runtime {
  const { clock, random, createId, backoffs, shutdownTimeout, pollInterval, onError, onListenerError } =
    options;
  const events = new TypedEmitter<QueueEvents>({ onListenerError });
  const updates = new GroupUpdate(store);
  const { shared } = store;
  const pauses = shared === undefined ? undefined : new PauseWatch({ shared, clock, onError });
  return {
    store,
    updates,
    pauses,
    clock,
    random,
    createId,
    backoffs,
    shutdownTimeout,
    pollInterval,
    onError,
    events,
  };
}
