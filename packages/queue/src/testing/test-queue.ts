import { VirtualClock } from '@townkrier/core/testing';
import type { JobDefinition } from '../define-job.ts';
import {
  InMemoryQueueAdapter,
  type InMemoryQueueAdapterOptions,
} from '../in-memory/in-memory-queue-adapter.ts';
import { isFinished, type QueueJob } from '../job.ts';
import type { NotificationSender } from '../notification-sender.ts';
import type { EnqueueOptions } from '../queue-job-config.ts';
import type { EnqueueRequest } from '../queue-manager.ts';
import { QueueManager } from '../queue-manager.ts';
import type { TypedJobOptions } from '../typed-job.ts';

/** Turns of the event loop that running handlers get before `drain` lets time pass. */
const PATIENCE_TURNS = 1_000;
/** Milliseconds of virtual time that `drain` lets pass at most. */
const LONGEST_DRAIN = 366 * 86_400_000;
/** Longer than any test's virtual time: no heartbeats, which would be most of what fires in a day. */
const NO_LEASE = 1e15;

/** Options of {@link createTestQueue}. */
export interface TestQueueOptions
  extends Omit<InMemoryQueueAdapterOptions, 'clock' | 'leaseMs' | 'heartbeatMs'> {
  /** What sends notifications; `fakeNotifications()` of `@townkrier/core/testing` does, and remembers them. */
  readonly notificationManager?: NotificationSender | undefined;
  /**
   * `fake`: what is added is kept and never run. `inline`: `add` and `enqueue` resolve once the job and its retries have ended, whatever time that takes. `manual`: jobs are
   * run by {@link TestQueue.drain}. @default 'manual'
   */
  readonly mode?: 'fake' | 'inline' | 'manual' | undefined;
  /** @default a clock of its own */
  readonly clock?: VirtualClock | undefined;
}

/** What became of the jobs that a {@link TestQueue.drain} ran. */
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
    ...options
  }: TestQueueOptions) {
    super(new InMemoryQueueAdapter({ ...options, clock, leaseMs: NO_LEASE }), notificationManager, { clock });
    this.clock = clock;
    this.#mode = mode;
  }

  override async add<Input>(
    definition: JobDefinition<string, Input, unknown>,
    payload: Input,
    options?: TypedJobOptions & EnqueueOptions,
  ): Promise<QueueJob> {
    return this.#inline(await super.add(definition, payload, options));
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
   * @throws an `Error` in the mode `fake`; when a handler waits for something else than the clock; when jobs go on for more than a year.
   */
  async drain(): Promise<DrainReport> {
    if (this.#mode === 'fake')
      throw new Error('A fake queue runs nothing. Make it with another mode to drain it.');
    const startedAt = this.clock.now();
    const before = await this.getStats();
    this.startProcessing();
    await this.#untilNothingWaits(startedAt + LONGEST_DRAIN);
    await this.stopProcessing();
    const after = await this.getStats();
    return {
      completed: after.completed - before.completed,
      failed: after.failed - before.failed,
      cancelled: after.cancelled - before.cancelled,
      elapsedMs: this.clock.now() - startedAt,
    };
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

  /** Lets what needs no time come to its end first: handlers may wait for each other, or for a file. */
  async #isAnyLeft(): Promise<boolean> {
    for (let turn = 0; turn < PATIENCE_TURNS; turn++) {
      await this.clock.settle();
      const { pending, processing, scheduled, retrying } = await this.getStats();
      if (pending + processing === 0) return scheduled + retrying > 0;
    }
    return true;
  }

  async #whyItGoesOn(): Promise<string> {
    if ((await this.getStats()).processing === 0)
      return 'The jobs go on for more than a year of virtual time.';
    return 'A handler still runs. drain() lets virtual time pass only; let handlers in tests wait for nothing else.';
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
