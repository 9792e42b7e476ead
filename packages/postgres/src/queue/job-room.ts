import { type JobToInsert, QueueError, QueueErrorCode } from '@townkrier/queue';
import type { PostgresTransaction } from '../postgres-database.ts';
import type { TimeLimit } from '../time-limit.ts';
import type { JobCounts } from './job-counts.ts';
import type { JobInserter } from './job-inserter.ts';

/** Milliseconds that a count of the unfinished jobs is good for, as long as it is far from the limit. */
const COUNT_AGE = 1_000;
/** Above this part of the limit every insert counts anew. */
const NEAR_LIMIT = 0.9;

/**
 * Whether more jobs may be stored. The counters are asked near the limit always, else once a second. Several processes that add at the same moment may go over
 * the limit by what they add meanwhile.
 */
export class JobRoom {
  readonly #counts: JobCounts;
  readonly #inserter: JobInserter;
  readonly #maxJobs: number;
  /** What was counted last, with what was added here since. */
  #unfinished = 0;
  /** By `performance.now()`. */
  #countedAt = Number.NEGATIVE_INFINITY;

  constructor(counts: JobCounts, inserter: JobInserter, maxJobs: number) {
    this.#counts = counts;
    this.#inserter = inserter;
    this.#maxJobs = maxJobs;
  }

  /** @throws {QueueError} `QUEUE_FULL` when they do not fit; those whose id or key is kept already take no room. */
  async check(jobs: readonly JobToInsert[], runner: PostgresTransaction, limit: TimeLimit): Promise<void> {
    const isFresh = performance.now() - this.#countedAt < COUNT_AGE;
    if (!isFresh || this.#unfinished + jobs.length > this.#maxJobs * NEAR_LIMIT) {
      this.#unfinished = await this.#counts.unfinished(runner, limit);
      this.#countedAt = performance.now();
    }
    if (this.#unfinished + jobs.length > this.#maxJobs) await this.#checkClosely(jobs, runner, limit);
    this.#unfinished += jobs.length;
  }

  async #checkClosely(
    jobs: readonly JobToInsert[],
    runner: PostgresTransaction,
    limit: TimeLimit,
  ): Promise<void> {
    const added = await this.#inserter.countNew(jobs, runner, limit);
    if (added === 0 || this.#unfinished + added <= this.#maxJobs) return;
    throw new QueueError(
      QueueErrorCode.QUEUE_FULL,
      `The queue keeps ${this.#unfinished} unfinished jobs and ${added} more were added, but maxJobs is ${this.#maxJobs}. ` +
        'Work off the backlog with more workers, slow down the producer, or raise maxJobs.',
    );
  }
}
