import { CoreErrorCode, TownKrierError } from '@townkrier/core';
import { QueueError, QueueErrorCode } from '../errors.ts';
import type { EventStream } from '../event-stream/event-stream.ts';
import type { QueueEventListener, QueueEventName } from '../events.ts';
import type { QueueJob } from '../job.ts';
import type { QueueSelection, ReplayOptions, SharedState } from '../job-store.ts';
import { PauseWatch } from '../policy/pause-watch.ts';
import { checkRateLimit } from '../policy/rate-limit.ts';
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
} from '../queue-adapter.ts';
import { AddGate } from './add-gate.ts';
import { AddRouter } from './add-router.ts';
import { BothSides } from './both-sides.ts';
import { Drain } from './drain.ts';
import { FailoverEvents, type Sides } from './failover-events.ts';
import {
  type FailoverQueueAdapterOptions,
  type ResolvedFailoverOptions,
  resolveFailoverOptions,
} from './failover-options.ts';
import { type FailoverHealth, FailoverSwitch } from './failover-switch.ts';
import { FailoverWorker } from './failover-worker.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { PrimaryCalls } from './primary-calls.ts';
import { SharedOfPrimary } from './shared-of-primary.ts';

/**
 * A queue that goes on while its backend is away: jobs that the primary does not take go to the fallback, and move to the primary under the same ids, in
 * the order they were added, once it answers again.
 *
 * At least once: no job whose `add` resolved is lost while the side that has it keeps it. One may run twice if the primary stored it without saying so in
 * time, and had forgotten it when it moved, or ran it while the fallback did too (`whileDown: 'work'`).
 *
 * @example
 * const adapter = new FailoverQueueAdapter(redisAdapter, sqliteAdapter);
 * adapter.on('failover:opened', ({ reason }) => console.warn('jobs wait on disk:', reason));
 * adapter.on('failover:closed', () => console.info('jobs go to Redis'));
 */
export class FailoverQueueAdapter implements QueueAdapter {
  /**
   * What both sides can do; `durability` is the weaker one. `transactions` and `sharedState` are the primary's: an `add` in a transaction goes there or fails,
   * and never to the fallback.
   */
  readonly capabilities: QueueCapabilities;
  /** On the side that has the job. Absent where the primary cannot tell. */
  readonly countAhead?: (id: string) => Promise<number | null>;
  /** The primary's, in time or not at all: `QUEUE_UNAVAILABLE` while it is away. Absent where it has none. */
  readonly shared?: SharedState;
  /** The primary's: it does not tell of jobs while the fallback has them, and fails while the primary is away. */
  readonly stream?: EventStream;
  readonly #sides: Sides;
  readonly #options: ResolvedFailoverOptions;
  readonly #events: FailoverEvents;
  readonly #workers = new Set<FailoverWorker>();
  readonly #switch: FailoverSwitch;
  readonly #router: AddRouter;
  readonly #both: BothSides;
  /** Only where the fallback may run jobs while the primary cannot be asked. */
  readonly #pauses: PauseWatch | undefined;
  readonly #adding = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  /**
   * @param primary - Pinged from here on. Closed with this adapter.
   * @param fallback - Keeps the jobs meanwhile; one on disk keeps them through a restart. Closed with this adapter.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option, or for one adapter given twice.
   * @throws {QueueError} `QUEUE_UNSUPPORTED` for a fallback that cannot filter jobs by status.
   */
  constructor(primary: QueueAdapter, fallback: QueueAdapter, options: FailoverQueueAdapterOptions = {}) {
    const sides = { primary, fallback };
    const resolved = resolveFailoverOptions(options);
    checkSides(sides);
    const { clock, callTimeout, onError, onListenerError } = resolved;
    const capabilities = capabilitiesOf(sides);
    const calls = new PrimaryCalls(clock);
    const gate = new AddGate(clock);
    const events = new FailoverEvents(sides, onListenerError);
    const turns = new OneAtATime();
    const drain = new Drain({ sides, calls, events, turns, callTimeout, onError });
    const common = { sides, options: resolved, calls, gate, events };
    this.capabilities = capabilities;
    this.#sides = sides;
    this.#options = resolved;
    this.#events = events;
    this.#switch = new FailoverSwitch({ ...common, drain, workers: this.#workers });
    this.#router = new AddRouter({ ...common, capabilities, switch: this.#switch });
    this.#both = new BothSides({ sides, capabilities, calls, switch: this.#switch, turns, callTimeout });
    if (primary.shared !== undefined) this.shared = new SharedOfPrimary(primary.shared, this.#both);
    if (this.shared !== undefined && resolved.whileDown === 'work') {
      // That the primary is away is known already. What paused when it was last seen goes on to count.
      this.#pauses = new PauseWatch({ shared: this.shared, clock, isEager: true, onError: () => undefined });
    }
    if (primary.stream !== undefined) this.stream = primary.stream;
    if (primary.countAhead !== undefined) this.countAhead = (id) => this.#both.countAhead(id);
  }

  /**
   * As the contract says, on the side in use. Each look at a primary that does not answer takes `enqueueTimeout` at most; what it does not take then goes
   * to the fallback, and so do later jobs, until all of them have moved.
   */
  add(jobs: readonly NewJob[], { transaction }: AddOptions = {}): Promise<QueueJob[]> {
    try {
      this.#checkOpen();
      const prepared = this.#router.prepare(jobs);
      return this.#untilDone(
        transaction === undefined
          ? this.#router.add(prepared)
          : this.#router.addWithin(transaction, prepared),
      );
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * The job, on whichever side it is, or `null`.
   * @throws {QueueError} `QUEUE_UNAVAILABLE` when the fallback does not have it and the primary, which may, does not answer.
   */
  getJob(id: string): Promise<QueueJob | null> {
    return this.#both.getJob(id);
  }

  /** A page of both sides in the order of creation; of the fallback alone while the primary is away. A job counts as created when it moved. */
  findJobs(filters: JobFilters): Promise<JobPage> {
    return this.#both.findJobs(filters);
  }

  /** The sum of both sides; the fallback's alone while the primary is away. */
  getStats(queue?: string): Promise<QueueStats> {
    return this.#both.getStats(queue);
  }

  /** @throws {QueueError} as the contract says; `QUEUE_UNAVAILABLE` when the fallback does not have the job and the primary does not answer. */
  async retryJob(id: string, options: ReplayOptions = {}): Promise<QueueJob> {
    const job = await this.#both.change(id, (side) => side.retryJob(id, options));
    this.#switch.sweepSoon();
    return job;
  }

  /** @throws {QueueError} as the contract says; `QUEUE_UNAVAILABLE` when the fallback does not have the job and the primary does not answer. */
  cancelJob(id: string): Promise<QueueJob> {
    return this.#both.change(id, (side) => side.cancelJob(id));
  }

  /** @throws {QueueError} as the contract says; `QUEUE_UNAVAILABLE` when the fallback does not have the job and the primary does not answer. */
  deleteJob(id: string): Promise<void> {
    return this.#both.change(id, (side) => side.deleteJob(id));
  }

  /**
   * Starts a worker on the primary and, with `whileDown: 'work'`, on the fallback whenever the primary is away. While it is, no more than `concurrency`
   * handlers run on both; when it is back, those that still run on the fallback come on top until they end.
   *
   * On the fallback a queue that paused when the primary was last seen pauses until it is back. A `rateLimit` holds on each side by itself: among the processes
   * that share the fallback, and anew from the moment it takes over.
   *
   * @throws {QueueError} `QUEUE_CLOSED` after `close()`; `QUEUE_UNSUPPORTED` for a `rateLimit` that one of the sides it works on cannot keep.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option.
   */
  work(handler: JobHandler, options: WorkOptions = {}): Worker {
    this.#checkOpen();
    const { onError, whileDown } = this.#options;
    const worksOnFallback = whileDown === 'work';
    if (worksOnFallback) checkRateLimit(options, this.#sides.fallback.capabilities);
    const pauses = this.#pauses;
    const stopWatching = pauses?.join(() => undefined);
    pauses?.refresh().catch(() => undefined);
    const host = {
      sides: this.#sides,
      worksOnFallback,
      unpaused: (selection: QueueSelection) => (pauses === undefined ? selection : pauses.without(selection)),
      stopOnPrimary: (worker: Worker) => this.#within(worker.stop(), 'stop its worker'),
      onLeft: () => this.#switch.sweepSoon(),
      onStopped: (worker: FailoverWorker) => {
        stopWatching?.();
        this.#workers.delete(worker);
      },
      onError,
    };
    const worker = new FailoverWorker(host, handler, options);
    this.#workers.add(worker);
    if (this.#switch.isDown) worker.takeOver();
    return worker;
  }

  on<Name extends QueueEventName>(event: Name, listener: QueueEventListener<Name>): () => void {
    return this.#events.on(event, listener);
  }

  /** Which side is in use. Waits until the first look at the primary has decided. */
  health(): Promise<FailoverHealth> {
    return this.#switch.health();
  }

  /** Resolves when jobs can be stored: when the primary is in use, or else the fallback answers. */
  async ping(): Promise<void> {
    await this.#switch.started;
    if (!this.#switch.isUp) await this.#sides.fallback.ping?.();
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #closeAll(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.stop()).concat(this.#added()));
    await this.#switch.close();
    const { primary, fallback } = this.#sides;
    await Promise.all([this.#within(primary.close(), 'close'), fallback.close()]);
  }

  async #added(): Promise<void> {
    await Promise.allSettled(this.#adding);
  }

  /** Remembers an add for as long as it is under way. */
  async #untilDone<Result>(adding: Promise<Result>): Promise<Result> {
    this.#adding.add(adding);
    try {
      return await adding;
    } finally {
      this.#adding.delete(adding);
    }
  }

  /** Waits for the primary to end something, `shutdownTimeout` at most. Never rejects. */
  async #within(ending: Promise<void>, what: string): Promise<void> {
    const { clock, shutdownTimeout, onError } = this.#options;
    await new Promise<void>((resolve) => {
      const timer = clock.schedule(() => {
        onError(unstopped(what, shutdownTimeout));
        resolve();
      }, shutdownTimeout);
      ending.catch(onError).finally(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #checkOpen(): void {
    if (this.#closed === undefined) return;
    throw new QueueError(QueueErrorCode.QUEUE_CLOSED, 'The queue is closed. Make a new adapter to go on.');
  }
}

function unstopped(what: string, shutdownTimeout: number): QueueError {
  return new QueueError(
    QueueErrorCode.QUEUE_UNAVAILABLE,
    `The primary queue did not ${what} within ${shutdownTimeout} ms (shutdownTimeout), and was left behind.`,
  );
}

function checkSides({ primary, fallback }: Sides): void {
  if (primary === fallback) {
    throw new TownKrierError('FailoverQueueAdapter needs two adapters: primary and fallback are the same.', {
      code: CoreErrorCode.CONFIG_INVALID,
    });
  }
  if (fallback.capabilities.filters.includes('status')) return;
  throw new QueueError(
    QueueErrorCode.QUEUE_UNSUPPORTED,
    'The fallback cannot filter jobs by status, so those that wait in it could not be found again. Use another adapter.',
  );
}

function capabilitiesOf({ primary, fallback }: Sides): QueueCapabilities {
  const [one, other] = [primary.capabilities, fallback.capabilities];
  return Object.freeze({
    durability: one.durability === 'machine' ? other.durability : 'process',
    isShared: one.isShared && other.isShared,
    priorities: one.priorities && other.priorities,
    scheduling: one.scheduling && other.scheduling,
    cancelRunning: one.cancelRunning && other.cancelRunning,
    transactions: one.transactions,
    aging: one.aging && other.aging,
    fairness: one.fairness && other.fairness,
    sharedState: one.sharedState,
    filters: one.filters.filter((filter) => other.filters.includes(filter)),
  });
}
