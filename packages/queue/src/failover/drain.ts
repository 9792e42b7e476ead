import { TownKrierError } from '@townkrier/core';
import { QueueErrorCode } from '../errors.ts';
import type { QueueJob } from '../job.ts';
import type { JobPage } from '../queue-adapter.ts';
import type { FailoverEvents, Sides } from './failover-events.ts';
import { isAway } from './is-away.ts';
import { toMovedJob } from './moved-job.ts';
import type { OneAtATime } from './one-at-a-time.ts';
import type { PrimaryCalls } from './primary-calls.ts';

/** Jobs moved at once. */
export const DRAIN_BATCH = 100;

const WAITING = ['pending', 'scheduled', 'retrying'] as const;

/** What a {@link Drain} works with. */
export interface DrainParts {
  readonly sides: Sides;
  readonly calls: PrimaryCalls;
  readonly events: FailoverEvents;
  /** Held while a batch moves, so that no command changes a job of it in the fallback. */
  readonly turns: OneAtATime;
  /** Milliseconds the primary may take for a batch. */
  readonly callTimeout: number;
  readonly onError: (error: unknown) => void;
}

/** What became of a batch. */
export interface Moved {
  /** Jobs that waited, in this batch and behind it. */
  readonly waiting: number;
  /** Jobs of this batch. */
  readonly found: number;
  readonly moved: number;
  /** Why the primary took no more, where it did not answer or is full. */
  readonly stoppedBy?: unknown;
}

/**
 * Moves waiting jobs from the fallback to the primary, oldest first: read there, added here under the same ids, and only then deleted there. What fails
 * between two of these steps leaves jobs in the fallback, and the next batch begins with them again: the primary knows their ids.
 *
 * A job that the primary refuses for what it is stays in the fallback, and those behind it are not held up.
 */
export class Drain {
  readonly #parts: DrainParts;
  readonly #refused = new Set<string>();

  constructor(parts: DrainParts) {
    this.#parts = parts;
  }

  /** Lets the next batches try again what the primary refused. */
  forgetRefusals(): void {
    this.#refused.clear();
  }

  /**
   * Moves one batch.
   * @throws what the fallback throws.
   */
  moveBatch(): Promise<Moved> {
    return this.#parts.turns.run(async () => {
      const { jobs, total } = await this.#nextBatch();
      return { waiting: total, found: jobs.length, ...(await this.#move(jobs)) };
    });
  }

  async #nextBatch(): Promise<JobPage> {
    const { fallback } = this.#parts.sides;
    for (let offset = 0; ; offset += DRAIN_BATCH) {
      const page = await fallback.findJobs({ status: WAITING, order: 'asc', limit: DRAIN_BATCH, offset });
      const jobs = page.jobs.filter(({ id }) => !this.#refused.has(id));
      if (jobs.length > 0 || page.jobs.length < DRAIN_BATCH) return { jobs, total: page.total };
    }
  }

  async #move(jobs: readonly QueueJob[]): Promise<Pick<Moved, 'moved' | 'stoppedBy'>> {
    if (jobs.length === 0) return { moved: 0 };
    const taken: QueueJob[] = [];
    let stop: { readonly stoppedBy?: unknown } = {};
    try {
      await this.#give(jobs, taken);
    } catch (error) {
      stop = { stoppedBy: error };
    }
    await Promise.all(taken.map(({ id }) => this.#forget(id)));
    return { moved: taken.length, ...stop };
  }

  /** Adds jobs to the primary: all at once, or one by one where one of them is refused. @throws when it takes no more. */
  async #give(jobs: readonly QueueJob[], taken: QueueJob[]): Promise<void> {
    try {
      await this.#addToPrimary(jobs);
      taken.push(...jobs);
    } catch (error) {
      if (isAway(error)) throw error;
      if (jobs.length > 1) {
        for (const job of jobs) await this.#give([job], taken);
        return;
      }
      if (isFull(error)) throw error;
      for (const { id } of jobs) this.#refused.add(id);
      this.#parts.onError(error);
    }
  }

  async #addToPrimary(jobs: readonly QueueJob[]): Promise<void> {
    const { sides, calls, events, callTimeout } = this.#parts;
    const moved = jobs.map(toMovedJob);
    const add = () => events.withoutArrival(moved, sides.primary.add(moved));
    await calls.ask(add, callTimeout);
  }

  /** One that is gone already is what was wanted; one that runs, in another process, ends there. */
  async #forget(id: string): Promise<void> {
    const { sides, events } = this.#parts;
    try {
      await events.withoutLeaving(id, sides.fallback.deleteJob(id));
    } catch (error) {
      if (TownKrierError.is(error, QueueErrorCode.QUEUE_JOB_NOT_FOUND)) return;
      if (TownKrierError.is(error, QueueErrorCode.QUEUE_JOB_STATE)) return;
      throw error;
    }
  }
}

/** The primary has no room now, also in the words of Redis. */
function isFull(error: unknown): boolean {
  if (TownKrierError.is(error, QueueErrorCode.QUEUE_FULL)) return true;
  return error instanceof Error && error.message.startsWith('OOM ');
}
