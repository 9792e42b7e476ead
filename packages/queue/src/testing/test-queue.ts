import type { Notification, Recipient } from '@townkrier/core';
import { VirtualClock } from '@townkrier/core/testing';
import { BatchStore } from '../batches/batch-state.ts';
import type { ChainOptions } from '../chains/chain-options.ts';
import type { Step } from '../chains/step.ts';
import type { AddResult } from '../dedupe/add-result.ts';
import type { DedupeOption } from '../dedupe/dedupe.ts';
import type { JobDefinition } from '../define-job.ts';
import {
  InMemoryQueueAdapter,
  type InMemoryQueueAdapterOptions,
} from '../in-memory/in-memory-queue-adapter.ts';
import { isFinished, type QueueJob } from '../job.ts';
import type { NotificationSender } from '../notification-sender.ts';
import type { QueueStats } from '../queue-adapter.ts';
import type { EnqueueOptions, QueueJobConfig } from '../queue-job-config.ts';
import type { EnqueueRequest } from '../queue-manager.ts';
import { QueueManager, type QueueManagerOptions } from '../queue-manager.ts';
import type { TypedJobOptions } from '../typed-job.ts';

/** Turns of the event loop that running handlers get before `drain` lets time pass. */
const PATIENCE_TURNS = 1_000;
/** Milliseconds of virtual time that `drain` lets pass at most. */
const LONGEST_DRAIN = 366 * 86_400_000;
/** Longer than any test's virtual time: no heartbeats, which would be most of what fires in a day. */
const NO_LEASE = 1e15;

/** How jobs end. */
const ENDS = ['completed', 'failed', 'cancelled'] as const;

/** Options of {@link createTestQueue}: those of an `InMemoryQueueAdapter` and of a `QueueManager`, and how it works. */
export interface TestQueueOptions
  extends Omit<InMemoryQueueAdapterOptions, 'clock' | 'leaseMs' | 'heartbeatMs'>,
    Omit<QueueManagerOptions, 'clock' | 'onError'> {
  /** What sends notifications; `fakeNotifications()` of `@townkrier/core/testing` does, and remembers them. */
  readonly notificationManager?: NotificationSender | undefined;
  /**
   * `fake`: what is added is kept and never run. `inline`: `add`, `chain` and `enqueue` resolve once the job and its retries have ended, whatever time that takes. `manual`: jobs,
   * and in any mode those of batches and schedules, are run by {@link TestQueue.drain} and {@link TestQueue.runFor}. @default 'manual'
   */
  readonly mode?: 'fake' | 'inline' | 'manual' | undefined;
  /** @default a clock of its own */
  readonly clock?: VirtualClock | undefined;
}

/** What became of the jobs that a {@link TestQueue.drain} or {@link TestQueue.runFor} ran. */
export interface DrainReport {
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Milliseconds of virtual time that passed. */
  readonly elapsedMs: number;
}

/** A `QueueManager` in memory whose time stands still until a test moves it: a day of retries takes a moment, and nothing happens by itself. */
export class TestQueue extends QueueManager {
  readonly clock: VirtualClock;
  readonly #mode: NonNullable<TestQueueOptions['mode']>;

  /** @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option. */
  constructor({
    notificationManager,
    mode = 'manual',
    clock = new VirtualClock(),
    queues,
    maxReplays,
    statistics,
    statsTtl,
    ...options
  }: TestQueueOptions) {
    const adapter = new InMemoryQueueAdapter({ ...options, clock, leaseMs: NO_LEASE });
    super(adapter, notificationManager, { clock, queues, maxReplays, statistics, statsTtl });
    this.clock = clock;
    this.#mode = mode;
  }

  override async add<Input>(
    definition: JobDefinition<string, Input, unknown>,
    payload: Input,
    options?: TypedJobOptions & EnqueueOptions & DedupeOption,
  ): Promise<QueueJob> {
    return this.#inline(await super.add(definition, payload, options));
  }

  override async addUnique<Input>(
    definition: JobDefinition<string, Input, unknown>,
    payload: Input,
    options?: Omit<TypedJobOptions, 'id'> & EnqueueOptions & DedupeOption,
  ): Promise<AddResult> {
    const { job, outcome } = await super.addUnique(definition, payload, options);
    return { job: await this.#inline(job), outcome };
  }

  override async chain(steps: readonly Step[], options?: ChainOptions & EnqueueOptions): Promise<QueueJob> {
    return this.#inline(await super.chain(steps, options));
  }

  override async enqueueUnique(
    notification: Notification,
    recipient: Recipient,
    options?: Omit<QueueJobConfig, 'id'> & EnqueueOptions & DedupeOption,
  ): Promise<AddResult> {
    const { job, outcome } = await super.enqueueUnique(notification, recipient, options);
    return { job: await this.#inline(job), outcome };
  }

  override async enqueueMany(
    requests: readonly EnqueueRequest[],
    options?: EnqueueOptions,
  ): Promise<QueueJob[]> {
    const jobs = await super.enqueueMany(requests, options);
    return Promise.all(jobs.map((job) => this.#inline(job)));
  }

  /** The payloads of all jobs of a kind that are kept, oldest first, as its handler gets them. */
  async payloadsOf<Output>(definition: JobDefinition<string, never, Output>): Promise<Output[]> {
    const { jobs } = await this.findJobs({ type: definition.name, order: 'asc', limit: 1000 });
    return jobs.map((job) => definition.read(job));
  }

  /**
   * Runs all there is to its end, retries and scheduled jobs included, by moving the clock from one due moment to the next.
   *
   * Schedules fire meanwhile, and do not keep it from its end.
   *
   * @throws an `Error` in the mode `fake`; when a handler waits for something else than the clock; when jobs go on for more than a year, or their queue pauses for good.
   */
  drain(): Promise<DrainReport> {
    const deadline = this.clock.now() + LONGEST_DRAIN;
    return this.#process(() => this.#untilNothingWaits(deadline));
  }

  /**
   * Lets so many milliseconds pass, and runs what becomes due in them: also what schedules add, again and again. Handlers that wait for a later moment go on
   * when more time passes.
   *
   * @throws an `Error` in the mode `fake`.
   */
  runFor(ms: number): Promise<DrainReport> {
    return this.#process(async () => {
      await this.clock.advance(ms);
      await this.#isSettled(({ processing }) => processing === 0);
    });
  }

  async #process(run: () => Promise<void>): Promise<DrainReport> {
    if (this.#mode === 'fake')
      throw new Error('A fake queue runs nothing. Make it with another mode to drain it.');
    const startedAt = this.clock.now();
    const counts = { completed: 0, failed: 0, cancelled: 0 };
    // Not the difference of two statistics: the history forgets jobs when time passes.
    const stops = ENDS.map((end) => this.adapter.on(`job:${end}`, () => counts[end]++));
    this.startProcessing();
    await run().finally(() => {
      for (const stop of stops) stop();
    });
    // To stop is to wait for the handlers, and those that are left wait for the clock.
    if ((await this.getStats()).processing === 0) await this.stopProcessing();
    return { ...counts, elapsedMs: this.clock.now() - startedAt };
  }

  async #inline(job: QueueJob): Promise<QueueJob> {
    if (this.#mode !== 'inline' || isFinished(job.status)) return job;
    await this.drain();
    return (await this.getJob(job.id)) ?? job;
  }

  async #untilNothingWaits(deadline: number): Promise<void> {
    while (await this.#isAnyLeft()) {
      const nextAt = this.clock.nextTimerAt ?? Number.POSITIVE_INFINITY;
      if (nextAt > deadline) throw new Error(await this.#whyItGoesOn());
      await this.clock.advance(nextAt - this.clock.now());
    }
  }

  async #isAnyLeft(): Promise<boolean> {
    if (!(await this.#isSettled(({ pending, processing }) => pending + processing === 0))) return true;
    const { scheduled, retrying } = await this.getStats();
    return scheduled + retrying > 0 || (await this.#isBatchOpen());
  }

  /** Lets what needs no time come to its end: handlers may wait for each other, or for a file. @returns whether it did. */
  async #isSettled(isDone: (stats: QueueStats) => boolean): Promise<boolean> {
    for (let turn = 0; turn < PATIENCE_TURNS; turn++) {
      await this.clock.settle();
      if (isDone(await this.getStats())) return true;
    }
    return false;
  }

  /** Whether a batch has to be brought to its end, which may add a job. */
  async #isBatchOpen(): Promise<boolean> {
    if (this.adapter.shared === undefined) return false;
    const batches = new BatchStore(this.adapter.shared);
    for (const id of await batches.ids()) {
      if ((await batches.get(id))?.done === null) return true;
    }
    return false;
  }

  async #whyItGoesOn(): Promise<string> {
    if ((await this.getStats()).processing > 0)
      return 'A handler still runs. drain() lets virtual time pass only; let handlers in tests wait for nothing else.';
    const states = await this.queues.list();
    const paused = states.filter(({ isPaused }) => isPaused).map(({ name }) => name);
    if (paused.length === 0) return 'The jobs go on for more than a year of virtual time.';
    return `Jobs are left though all that can be run is: ${paused.join(', ')} pauses. Resume it, or let time pass with runFor().`;
  }
}

/**
 * A queue for tests of your own: in memory, on a clock that stands still.
 *
 * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option.
 * @example
 * const queue = createTestQueue({ maxRetries: 4, retryDelay: 3_600_000 });
 * queue.handle(buildReport, buildIt);
 * await queue.add(buildReport, { month: '2026-01' });
 * assert.equal((await queue.drain()).completed, 1);
 */
export function createTestQueue(options: TestQueueOptions = {}): TestQueue {
  return new TestQueue(options);
}
