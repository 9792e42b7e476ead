import type { QueueSelection, SharedState } from '../job-store.ts';
import type { WorkOptions } from '../queue-adapter.ts';
import type { RunningJob } from '../running-job.ts';
import type { Runtime } from '../runtime.ts';
import { KeyLimiter, type KeyVerdict } from './key-limiter.ts';
import type { PauseWatch } from './pause-watch.ts';
import { QueueLimiter } from './queue-limiter.ts';
import { limitKey } from './rate-limit.ts';
import { StoreClock } from './store-clock.ts';

/** Milliseconds before the store is asked again after it failed. */
const STORE_RETRY_DELAY = 1_000;

/** What becomes of a job that was claimed. Each is called in the moment it is decided, and acts at once. */
export interface Starter {
  start(running: RunningJob): void;
  /** Its key has no start left for so many milliseconds. */
  postpone(running: RunningJob, delayMs: number): void;
  giveBack(running: RunningJob): void;
}

/** What a {@link StartGate} works with. */
export interface StartGateParts {
  readonly runtime: Runtime;
  readonly options: Pick<WorkOptions, 'queues' | 'exceptQueues' | 'rateLimit'>;
  readonly starter: Starter;
}

/**
 * What stands between a worker and its jobs: pauses, and what limits allow. A worker asks it before it claims, and again with what it claimed. Where there is nothing to ask
 * for, it is open, and costs nothing.
 */
export class StartGate {
  readonly #runtime: Runtime;
  readonly #selection: QueueSelection;
  readonly #starter: Starter;
  readonly #pauses: PauseWatch | undefined;
  readonly #queueLimiter: QueueLimiter | undefined;
  readonly #keyLimiter: KeyLimiter | undefined;
  /** Jobs that were claimed and wait to be admitted: so many grants in hand are theirs. */
  #admitting = 0;
  /** After the store failed, by this process's clock. */
  #asksAgainAt = Number.NEGATIVE_INFINITY;

  constructor({ runtime, options, starter }: StartGateParts) {
    const { queues, exceptQueues, rateLimit } = options;
    const { shared } = runtime.store;
    this.#runtime = runtime;
    this.#selection = {
      ...(queues !== undefined && { queues }),
      ...(exceptQueues !== undefined && { exceptQueues }),
    };
    this.#starter = starter;
    this.#pauses = runtime.pauses;
    const [queue] = queues ?? [];
    if (rateLimit === undefined || shared === undefined || queue === undefined) return;
    const parts = limiterParts(runtime, shared);
    const { key, ...limit } = rateLimit;
    if (limit.max !== undefined) this.#queueLimiter = new QueueLimiter(parts, limitKey(queue), limit);
    if (key !== undefined) this.#keyLimiter = new KeyLimiter(parts, queue, key);
  }

  /** Whether a worker may claim and start without asking. */
  get isOpen(): boolean {
    return (
      this.#queueLimiter === undefined && this.#keyLimiter === undefined && this.#pauses?.isClear !== false
    );
  }

  /** Takes what a claimed job needs to start at once, where nobody has to be asked for that. @returns whether it may. */
  takeStart(): boolean {
    if (this.#keyLimiter !== undefined || this.#pauses?.isClear === false) return false;
    return this.#queueLimiter === undefined || (this.allowed(1) > 0 && this.#queueLimiter.use());
  }

  /** Milliseconds until it is worth asking; 0 when it is now. */
  get waitMs(): number {
    const untilNextTry = this.#asksAgainAt - this.#runtime.clock.now();
    const untilFree = this.allowed(1) > 0 ? 0 : (this.#queueLimiter?.waitMs ?? 0);
    return Math.max(0, untilNextTry, untilFree);
  }

  /** Which jobs may be claimed as far as is known; `null`: none, all its queues pause. */
  get selection(): QueueSelection | null {
    return this.#pauses === undefined ? this.#selection : this.#pauses.without(this.#selection);
  }

  /** How many of so many jobs may be claimed as far as is known, without asking anybody. */
  allowed(wanted: number): number {
    if (this.#queueLimiter === undefined) return wanted;
    return Math.max(0, Math.min(wanted, this.#queueLimiter.fresh - this.#admitting));
  }

  /** Learns which queues pause, where that may have changed. */
  async look(): Promise<void> {
    if (this.#pauses?.isStale === true) await this.#pauses.refresh();
  }

  /** How many of so many jobs may be claimed. */
  async ask(wanted: number): Promise<number> {
    await this.#queueLimiter?.acquire(wanted + this.#admitting);
    return this.allowed(wanted);
  }

  /** Lets jobs start that were claimed, as far as they may. Never rejects: where the store fails they are given back. */
  async admit(claimed: readonly RunningJob[]): Promise<void> {
    this.#admitting += claimed.length;
    try {
      await this.look();
      const unpaused = this.#withoutPaused(claimed);
      if (this.#keyLimiter === undefined) await this.#startAll(unpaused, isAlwaysUsable);
      else await this.#admitByKey(unpaused, this.#keyLimiter);
    } catch (error) {
      this.#runtime.onError(error);
      this.#asksAgainAt = this.#runtime.clock.now() + STORE_RETRY_DELAY;
      for (const running of claimed) if (isUndecided(running)) this.#starter.giveBack(running);
    } finally {
      this.#admitting -= claimed.length;
    }
  }

  /** Lets a job's key rest for so many milliseconds, where keys have a limit. */
  async rest({ job: { groupKey } }: RunningJob, ms: number): Promise<void> {
    if (groupKey !== null && ms > 0) await this.#keyLimiter?.rest(groupKey, ms);
  }

  async close(): Promise<void> {
    this.#keyLimiter?.close();
    await this.#queueLimiter?.close();
  }

  #withoutPaused(claimed: readonly RunningJob[]): readonly RunningJob[] {
    const pauses = this.#pauses;
    if (pauses === undefined) return claimed;
    for (const running of claimed) {
      if (pauses.has(running.job.queue) && isUndecided(running)) this.#starter.giveBack(running);
    }
    return claimed.filter(isUndecided);
  }

  async #admitByKey(claimed: readonly RunningJob[], limiter: KeyLimiter): Promise<void> {
    const byKey = Map.groupBy(claimed, ({ job }) => job.groupKey);
    await Promise.all(
      [...byKey].map(async ([groupKey, jobs]) => {
        if (groupKey === null) return this.#startAll(jobs, isAlwaysUsable);
        const [back, fresh] = [jobs.filter(hasBeenHere), jobs.filter((one) => !hasBeenHere(one))];
        const verdict = await limiter.decide({ groupKey, fresh: fresh.length, back: back.length });
        await this.#follow(verdict, fresh, back);
      }),
    );
  }

  async #follow(
    verdict: KeyVerdict,
    fresh: readonly RunningJob[],
    back: readonly RunningJob[],
  ): Promise<void> {
    const { freshNow, backNow, freshLater, backLater, isUsable } = verdict;
    this.#postponeAll(back.slice(backNow), backLater);
    this.#postponeAll(fresh.slice(freshNow), freshLater);
    await this.#startAll([...back.slice(0, backNow), ...fresh.slice(0, freshNow)], isUsable);
  }

  #postponeAll(jobs: readonly RunningJob[], delays: readonly number[]): void {
    for (const [i, running] of jobs.entries()) {
      if (isUndecided(running)) this.#starter.postpone(running, delays[i] ?? 0);
    }
  }

  /** Starts jobs while there are grants; a grant may have aged while the job was claimed, and is asked for once more then. */
  async #startAll(jobs: readonly RunningJob[], isUsable: () => boolean): Promise<void> {
    const left = this.#startGranted(jobs, isUsable);
    if (left.length === 0) return;
    await this.#queueLimiter?.acquire(left.length);
    for (const running of this.#startGranted(left, isUsable)) this.#starter.giveBack(running);
  }

  /** @returns those there was no grant for. */
  #startGranted(jobs: readonly RunningJob[], isUsable: () => boolean): readonly RunningJob[] {
    return jobs.filter((running) => {
      if (!isUndecided(running)) return false;
      if (!isUsable() || this.#queueLimiter?.use() === false) return true;
      this.#starter.start(running);
      return false;
    });
  }
}

function limiterParts(runtime: Runtime, shared: SharedState) {
  const { clock, random, onError } = runtime;
  return { shared, clock, random, onError, storeClock: new StoreClock(shared, clock) };
}

const isAlwaysUsable = () => true;

/** Not cancelled, say, while it was asked for. */
function isUndecided(running: RunningJob): boolean {
  return !running.isDecided;
}

function hasBeenHere({ job }: RunningJob): boolean {
  return job.attempts > 1 || job.attemptLog.length > 1;
}
