import type { Timer } from '@townkrier/core';
import {
  isExpired,
  restAskedBy,
  settleExpired,
  settleInterrupted,
  settleLimited,
  settleReturned,
  settleThrown,
} from './attempt-outcome.ts';
import { QueueError, QueueErrorCode } from './errors.ts';
import type { ClaimedJob, ClaimRequest, Settlement, SettleResult } from './job-store.ts';
import { JobsInHand } from './jobs-in-hand.ts';
import { type Starter, StartGate } from './policy/start-gate.ts';
import type { JobHandler, Worker, WorkOptions } from './queue-adapter.ts';
import { RunningJob } from './running-job.ts';
import { emitJobEvent, type Runtime } from './runtime.ts';
import { announceSettled } from './settled-events.ts';
import { SettlementQueue } from './settlement-queue.ts';

/** Jobs in hand at once, unless told otherwise. */
const DEFAULT_CONCURRENCY = 10;

/** Commits of settlements that are under way at once, where a store takes several and does not say how many. */
const STEPS_AT_ONCE = 4;

/** Jobs started before the event loop gets a turn, so that a backlog of quick jobs does not shut out timers and sockets. */
const JOBS_PER_TURN = 256;
/** Milliseconds before a claim that failed is tried again. */
const STORE_RETRY_DELAY = 1_000;

/** Milliseconds; as long as a timer of Node.js may be. */
const LONGEST_INTERVAL = 2 ** 31 - 1;

/** What a worker needs to know of its adapter. */
export interface WorkerHost {
  readonly runtime: Runtime;
  /** Called once the worker has stopped. */
  readonly onStopped: (worker: StoreWorker) => Promise<void>;
}

/**
 * Claims jobs from a store and runs them, at most `concurrency` at once. It looks for jobs when the store says that there may be some, when a job
 * ends, and when the next one is due; in between nothing runs. Never claims more than it can start at once.
 */
export class StoreWorker implements Worker {
  readonly id: string;
  readonly #runtime: Runtime;
  readonly #host: WorkerHost;
  readonly #handler: JobHandler;
  readonly #concurrency: number;
  readonly #gate: StartGate;
  readonly #pollInterval: number;
  /** Jobs in hand, until what became of them is stored. */
  readonly #running = new JobsInHand();
  readonly #settlements: SettlementQueue;
  readonly #stopListening: () => void;
  /** Keeps the process alive while the worker may have something to do, as a listening server does: a retry that waits must not end with it. */
  readonly #keepAlive = setInterval(() => undefined, LONGEST_INTERVAL);
  #startedThisTurn = 0;
  #isPumpPlanned = false;
  #isPumping = false;
  #pumpAgain = false;
  #dueTimer: Timer | undefined;
  #deadlineTimer: Timer | undefined;
  #deadlineAt = Number.POSITIVE_INFINITY;
  #stopped: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  constructor(host: WorkerHost, handler: JobHandler, options: WorkOptions) {
    this.#host = host;
    this.#runtime = host.runtime;
    this.#handler = handler;
    this.#concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
    this.#gate = new StartGate({ runtime: this.#runtime, options, starter: this.#starter });
    this.#pollInterval = options.pollInterval ?? host.runtime.pollInterval;
    this.id = host.runtime.createId();
    const stepsAtOnce = this.#runtime.store.stepsAtOnce ?? STEPS_AT_ONCE;
    this.#settlements = new SettlementQueue(this.#runtime, {
      mostTogether: Math.ceil(this.#concurrency / stepsAtOnce),
      stepsAtOnce,
      onSettled: this.#onSettled,
      onCommit: this.#onCommit,
      claimInPlaceOf: this.#claimInPlaceOf,
      onClaimed: this.#startAll,
    });
    const stops = [this.#runtime.store.onWake(this.wake), this.#runtime.pauses?.join(this.wake)];
    this.#stopListening = () => {
      for (const stop of stops) stop?.();
    };
  }

  get running(): number {
    return this.#running.size;
  }

  /** Looks for jobs soon. Calls until then count as one. */
  readonly wake = (): void => {
    if (this.#isPumpPlanned || this.#stopped !== undefined) return;
    if (this.#isPumping) {
      this.#pumpAgain = true;
      return;
    }
    this.#isPumpPlanned = true;
    if (this.#startedThisTurn < JOBS_PER_TURN) queueMicrotask(this.#startPump);
    else setImmediate(this.#startPump);
  };

  stop(): Promise<void> {
    this.#stopped ??= this.#drain();
    return this.#stopped;
  }

  /**
   * Lets go of a job that was cancelled, if it is in hand: tells its handler, and frees its place at once.
   * @param claim - Only if it runs under this claim.
   */
  releaseCancelled(jobId: string, claim?: number): void {
    // A look at each is cheap: there are no more than `concurrency`, and only a cancel looks.
    const running = this.#running.find(jobId);
    if (running === undefined || running.isDecided) return;
    if (claim !== undefined && claim !== running.fence.claim) return;
    running.isDecided = true;
    running.abort(new QueueError(QueueErrorCode.QUEUE_JOB_CANCELLED, `Job ${jobId} was cancelled.`));
    this.#letGo(running);
    this.wake();
  }

  readonly #startPump = (): void => {
    this.#isPumpPlanned = false;
    this.#isPumping = true;
    void this.#pump();
  };

  /** Claims until the hands are full or nothing is due. Never rejects. */
  async #pump(): Promise<void> {
    try {
      do {
        this.#pumpAgain = false;
        await this.#fillHands();
      } while (this.#pumpAgain && this.#startedThisTurn < JOBS_PER_TURN);
    } catch (error) {
      this.#runtime.onError(error);
      this.#wakeIn(STORE_RETRY_DELAY);
    }
    this.#isPumping = false;
    if (this.#pumpAgain) this.wake();
  }

  async #fillHands(): Promise<void> {
    const hands = this.#concurrency - this.#running.size;
    if (hands <= 0 || this.#stopped !== undefined) return;
    const limit = this.#gate.isOpen ? hands : await this.#askGate(hands);
    const request = limit === 0 || this.#stopped !== undefined ? null : this.#request(limit);
    if (request === null) return;
    const claimed = await this.#runtime.store.claim(request);
    this.#startAll(claimed);
    if (claimed.length < limit) await this.#waitForNextDue();
    else this.#pumpAgain ||= this.#running.size < this.#concurrency;
  }

  /** How many jobs may be claimed. Where none may, it is looked again when that changes. */
  async #askGate(hands: number): Promise<number> {
    const gate = this.#gate;
    await gate.look();
    if (gate.selection === null) this.#waitAtMost(null);
    else if (gate.waitMs > 0) this.#waitAtMost(gate.waitMs);
    else return this.#askForGrants(hands);
    return 0;
  }

  /** Not before there is a job to use them for: a queue with nothing to do writes nothing. */
  async #askForGrants(hands: number): Promise<number> {
    const dueInMs = this.#gate.allowed(1) > 0 ? 0 : await this.#msUntilNextDue();
    const limit = dueInMs === 0 ? await this.#gate.ask(hands) : 0;
    if (limit === 0) this.#waitAtMost(dueInMs === 0 ? this.#gate.waitMs : dueInMs);
    return limit;
  }

  /** What to claim, or `null` when all queues of this worker pause. */
  #request(limit: number): ClaimRequest | null {
    const selection = this.#gate.selection;
    return selection === null ? null : { workerId: this.id, limit, ...selection };
  }

  /** One job for each place that becomes free: a job that was cancelled before has freed its place already. */
  readonly #claimInPlaceOf = (ending: readonly RunningJob[]): ClaimRequest | null => {
    if (this.#stopped !== undefined) return null;
    let places = 0;
    for (const running of ending) if (running.place >= 0) places++;
    // Several commits may claim at once: only while there are grants for all hands none of them counts on those of another.
    const isPlenty = this.#gate.allowed(this.#concurrency) === this.#concurrency;
    return places === 0 || !isPlenty ? null : this.#request(places);
  };

  async #waitForNextDue(): Promise<void> {
    const dueInMs = await this.#msUntilNextDue();
    if (dueInMs === 0) this.#pumpAgain = true;
    this.#waitAtMost(dueInMs);
  }

  async #msUntilNextDue(): Promise<number | null> {
    const { selection } = this.#gate;
    return selection === null ? null : this.#runtime.store.msUntilNextDue(selection);
  }

  /** Looks for jobs in so many milliseconds; `null`: when told to. What other processes write may go unheard, and is looked for now and then. */
  #waitAtMost(ms: number | null): void {
    const { isShared } = this.#runtime.store.capabilities;
    this.#wakeIn(isShared ? Math.min(ms ?? this.#pollInterval, this.#pollInterval) : ms);
  }

  #wakeIn(waitMs: number | null): void {
    this.#dueTimer?.cancel();
    this.#dueTimer = undefined;
    if (waitMs === null || this.#stopped !== undefined) return;
    this.#dueTimer = this.#runtime.clock.schedule(this.#wakeInTime, waitMs);
  }

  readonly #wakeInTime = (): void => {
    if (this.#runtime.store.capabilities.isShared) this.#runtime.pauses?.doubt();
    this.wake();
  };

  readonly #startAll = (claimed: readonly ClaimedJob[]): void => {
    if (claimed.length === 0) return;
    if (this.#startedThisTurn === 0) setImmediate(this.#startTurn);
    this.#startedThisTurn += claimed.length;
    const now = this.#runtime.clock.now();
    const asking: RunningJob[] = [];
    for (const one of claimed) {
      const running = new RunningJob(this.#runtime, one, now);
      this.#running.add(running);
      if (this.#stopped !== undefined) this.#giveBack(running);
      else if (isExpired(running.job, now)) this.#expire(running);
      else if (this.#gate.takeStart()) this.#start(running);
      else asking.push(running);
    }
    if (asking.length > 0) void this.#gate.admit(asking);
  };

  /** What the gate decides about jobs in hand. */
  readonly #starter: Starter = {
    start: (running) => {
      if (this.#stopped === undefined) this.#start(running);
      else this.#giveBack(running);
    },
    postpone: (running, delayMs) => {
      running.isDecided = true;
      this.#settlements.push(running, settleLimited(this.#runtime, running, delayMs));
    },
    giveBack: (running) => this.#giveBack(running),
  };

  readonly #startTurn = (): void => {
    this.#startedThisTurn = 0;
  };

  #start(running: RunningJob): void {
    this.#watchDeadline(running.deadline);
    emitJobEvent(this.#runtime, 'job:started', running.job, {});
    try {
      const returned = this.#handler(running);
      if (returned instanceof Promise) this.#follow(running, returned);
      else this.#onReturned(running, returned);
    } catch (error) {
      this.#onThrown(running, error);
    }
  }

  #follow(running: RunningJob, returned: Promise<unknown>): void {
    returned.then(
      (value) => this.#onReturned(running, value),
      (error: unknown) => this.#onThrown(running, error),
    );
  }

  /** What returns after the attempt was decided is sent to the store all the same: it refuses and records it as late. */
  #onReturned(running: RunningJob, value: unknown): void {
    running.isDecided = true;
    this.#settlements.push(running, settleReturned(running, value));
  }

  #onThrown(running: RunningJob, error: unknown): void {
    // A handler that stops with an error because it was told to reports nothing new.
    if (running.isDecided) return;
    running.isDecided = true;
    this.#settlements.push(running, settleThrown(this.#runtime, running, error));
    this.#gate.rest(running, restAskedBy(error)).catch(this.#runtime.onError);
  }

  readonly #onSettled = (running: RunningJob, settlement: Settlement, result: SettleResult): void => {
    this.#letGo(running);
    if (result === 'stored') announceSettled(this.#runtime, running, settlement);
    else this.#onStale(running);
  };

  #onStale(running: RunningJob): void {
    running.abort(
      new QueueError(
        QueueErrorCode.QUEUE_LEASE_LOST,
        `Job ${running.job.id} was taken away from its worker.`,
      ),
    );
    emitJobEvent(this.#runtime, 'job:late', running.job, { workerId: this.id });
  }

  readonly #onCommit = (): void => {
    this.wake();
    if (this.#running.size === 0) this.#onIdle?.();
  };

  #letGo(running: RunningJob): void {
    this.#running.delete(running);
    if (this.#running.size === 0) this.#onIdle?.();
  }

  #giveBack(running: RunningJob): void {
    if (running.isDecided) return;
    running.isDecided = true;
    running.abort(
      new QueueError(QueueErrorCode.QUEUE_WORKER_STOPPED, `The worker of job ${running.job.id} stops.`),
    );
    this.#settlements.push(running, settleInterrupted(running));
  }

  #expire(running: RunningJob): void {
    running.isDecided = true;
    this.#settlements.push(running, settleExpired(running));
  }

  /** One timer, for the earliest deadline; deadlines that are met never touch it. */
  #watchDeadline(deadline: number): void {
    if (deadline >= this.#deadlineAt) return;
    this.#deadlineTimer?.cancel();
    this.#deadlineAt = deadline;
    this.#deadlineTimer = this.#runtime.clock.schedule(
      this.#onDeadline,
      deadline - this.#runtime.clock.now(),
    );
  }

  readonly #onDeadline = (): void => {
    this.#deadlineAt = Number.POSITIVE_INFINITY;
    const now = this.#runtime.clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const running of this.#running.all()) {
      if (running.isDecided) continue;
      if (running.deadline <= now) this.#timeOut(running);
      else next = Math.min(next, running.deadline);
    }
    if (next !== Number.POSITIVE_INFINITY) this.#watchDeadline(next);
  };

  #timeOut(running: RunningJob): void {
    const { id, timeout, attempts } = running.job;
    const error = new QueueError(
      QueueErrorCode.QUEUE_JOB_TIMEOUT,
      `Attempt ${attempts} of job ${id} took longer than its timeout of ${timeout} ms.`,
    );
    running.abort(error);
    this.#onThrown(running, error);
  }

  async #drain(): Promise<void> {
    this.#stopListening();
    this.#dueTimer?.cancel();
    await this.#idleWithin(this.#runtime.shutdownTimeout);
    for (const running of this.#running.all()) this.#giveBack(running);
    await this.#idleWithin(STORE_RETRY_DELAY);
    this.#settlements.close();
    this.#deadlineTimer?.cancel();
    await this.#gate.close();
    await this.#host.onStopped(this);
    clearInterval(this.#keepAlive);
  }

  /** Resolves when no job is in hand and no claim is under way, or after so many milliseconds. */
  async #idleWithin(ms: number): Promise<void> {
    while (this.#isPumping) await new Promise((resolve) => setImmediate(resolve));
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.#runtime.clock.schedule(resolve, ms);
      this.#onIdle = () => {
        timer.cancel();
        resolve();
      };
    });
    this.#onIdle = undefined;
  }
}
