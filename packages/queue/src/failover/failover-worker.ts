import type { QueueSelection } from '../job-store.ts';
import type { JobContext, JobHandler, QueueAdapter, Worker, WorkOptions } from '../queue-adapter.ts';
import type { Sides } from './failover-events.ts';

/** What a worker has in hand at once, unless told otherwise: as the contract says. */
const DEFAULT_CONCURRENCY = 10;
/** A queue that nobody adds to: its workers run nothing, but take back the jobs of dead ones. */
const NO_QUEUE = 'townkrier:nothing';

type CountedOptions = WorkOptions & { readonly concurrency: number };

/** What a {@link FailoverWorker} needs of its adapter. */
export interface FailoverWorkerHost {
  readonly sides: Sides;
  /** Whether it may run jobs of the fallback. */
  readonly worksOnFallback: boolean;
  /** What it may look for there: not the queues that paused when the primary was last seen. `null`: nothing. */
  readonly unpaused: (options: QueueSelection) => QueueSelection | null;
  /** Stops a worker of the primary; never waits for ever. */
  readonly stopOnPrimary: (worker: Worker) => Promise<void>;
  /** Called when workers on the fallback have ended: what they gave back may be moved. */
  readonly onLeft: () => void;
  /** Called once the worker has stopped. */
  readonly onStopped: (worker: FailoverWorker) => void;
  /** Told of workers on the fallback that fail to stop. */
  readonly onError: (error: unknown) => void;
}

/**
 * A worker on the primary, and while that is away on the fallback too.
 *
 * While the primary is away, both have no more than `concurrency` handlers running in sum. When it is back, it fills its hands at once, beside what
 * still runs on the fallback.
 */
export class FailoverWorker implements Worker {
  readonly #host: FailoverWorkerHost;
  readonly #handler: JobHandler;
  readonly #options: CountedOptions;
  readonly #primary: Hands;
  readonly #fallback = new Set<Hands>();
  #orphanage: Worker | undefined;
  #stopped: Promise<void> | undefined;

  /** @throws what `work` of the primary throws. */
  constructor(host: FailoverWorkerHost, handler: JobHandler, options: WorkOptions) {
    this.#host = host;
    this.#handler = handler;
    this.#options = { ...options, concurrency: options.concurrency ?? DEFAULT_CONCURRENCY };
    this.#primary = new Hands(host.sides.primary, handler, this.#options);
  }

  /** That of the worker on the primary. */
  get id(): string {
    return this.#primary.worker.id;
  }

  get running(): number {
    return [this.#primary, ...this.#fallback].reduce((sum, { worker }) => sum + worker.running, 0);
  }

  /** Works on the fallback with what hands are free. May be called again, when more of them are. */
  takeOver(): void {
    if (!this.#host.worksOnFallback || this.#stopped !== undefined) return;
    const free = this.#options.concurrency - this.#handsTaken();
    const selection = this.#host.unpaused(this.#options);
    if (free < 1 || selection === null) return;
    const options = { ...this.#options, ...selection, concurrency: free };
    this.#fallback.add(new Hands(this.#host.sides.fallback, this.#handler, options));
  }

  /** Takes nothing more from the fallback; what runs there ends there, or is given back after the `shutdownTimeout` of the fallback. */
  leaveFallback(): void {
    for (const hands of this.#fallback) {
      if (!hands.isLeaving) void this.#leave(hands).then(this.#host.onLeft);
    }
  }

  /** Sees to it that jobs which a dead process left running in the fallback are given back when their lease is over. */
  mindOrphans(areThereSome: boolean): void {
    if (!areThereSome) void this.#closeOrphanage();
    else if (this.#stopped === undefined && this.#fallback.size === 0) {
      const options = { queues: [NO_QUEUE], concurrency: 1 };
      this.#orphanage ??= this.#host.sides.fallback.work(this.#handler, options);
    }
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll(): Promise<void> {
    await Promise.all([
      this.#host.stopOnPrimary(this.#primary.worker),
      ...[...this.#fallback].map((hands) => this.#leave(hands)),
      this.#closeOrphanage(),
    ]);
    this.#host.onStopped(this);
  }

  async #leave(hands: Hands): Promise<void> {
    hands.isLeaving = true;
    await this.#stopOnFallback(hands.worker);
    this.#fallback.delete(hands);
  }

  async #closeOrphanage(): Promise<void> {
    const worker = this.#orphanage;
    this.#orphanage = undefined;
    if (worker !== undefined) await this.#stopOnFallback(worker);
  }

  async #stopOnFallback(worker: Worker): Promise<void> {
    try {
      await worker.stop();
    } catch (error) {
      this.#host.onError(error);
    }
  }

  /** All that those on the fallback may take, and what still runs elsewhere. */
  #handsTaken(): number {
    let taken = this.#primary.busy;
    for (const hands of this.#fallback) taken += hands.isLeaving ? hands.busy : hands.concurrency;
    return taken;
  }
}

/** A worker of one side, and which of its handlers run: its own count also has jobs whose outcome a lost backend has not stored yet. */
class Hands {
  readonly worker: Worker;
  readonly concurrency: number;
  isLeaving = false;
  readonly #running = new Set<JobContext>();

  constructor(side: QueueAdapter, handler: JobHandler, options: CountedOptions) {
    this.concurrency = options.concurrency;
    this.worker = side.work(async (context) => {
      this.#running.add(context);
      try {
        return await handler(context);
      } finally {
        this.#running.delete(context);
      }
    }, options);
  }

  /** Handlers that run. One that was told to stop has freed its place, whether it heeds that or not. */
  get busy(): number {
    return [...this.#running].filter(({ signal }) => !signal.aborted).length;
  }
}
