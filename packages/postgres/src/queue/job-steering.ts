import {
  applyCancel,
  applyRetry,
  isFinished,
  type JobFence,
  type JobStatus,
  jobNotFound,
  type QueueJob,
  type ReplayOptions,
  type StoredJob,
  toQueueJob,
  wrongJobState,
} from '@townkrier/queue';
import type { PostgresDatabase, PostgresTransaction } from '../postgres-database.ts';
import { SORT_KEY } from './claim-order.ts';
import { CountChanges } from './count-changes.ts';
import type { JobCounts } from './job-counts.ts';
import { fromRow, type JobRow } from './job-row.ts';
import type { JobSaver } from './job-saver.ts';
import { isStorable } from './storable-text.ts';

/** A job that was cancelled, what it was before, and the claim that is void if it ran. */
export interface CancelledJob {
  readonly job: QueueJob;
  readonly from: JobStatus;
  readonly revoked: JobFence | null;
}

/** What people do with single jobs. Each command checks and changes in one step, also against workers and other processes. */
export class JobSteering {
  readonly #database: PostgresDatabase;
  readonly #saver: JobSaver;
  readonly #byId: string;
  readonly #remove: string;
  readonly #setPayload: string;
  readonly #countAhead: string;

  constructor(database: PostgresDatabase, counts: JobCounts, saver: JobSaver) {
    this.#database = database;
    this.#saver = saver;
    const jobs = database.table('jobs');
    this.#byId = `SELECT * FROM ${jobs} WHERE id = $1`;
    this.#remove = `WITH removed AS (
        DELETE FROM ${jobs} WHERE id = $1 AND status <> 'processing' RETURNING *
      ), counted AS (
        ${counts.addFrom('(SELECT queue, status, -1 AS n FROM removed) AS gone')}
      ) SELECT * FROM removed`;
    this.#setPayload = `UPDATE ${jobs} SET payload = $2::json WHERE id = $1`;
    this.#countAhead = countAheadStatement(jobs);
  }

  async get(id: string): Promise<QueueJob | null> {
    const job = await this.#find(id);
    return job === null ? null : toQueueJob(job);
  }

  /** How many jobs of its queue are claimed before a pending one. */
  async countAhead(id: string): Promise<number | null> {
    if (!isStorable(id)) return null;
    const [row] = await this.#database.query<{ readonly n: number }>(this.#countAhead, [id], {
      isPrepared: true,
    });
    return row?.n ?? null;
  }

  /** @param notice - What those who listen are told. */
  async retry(id: string, options: ReplayOptions, notice: string): Promise<QueueJob> {
    return this.#change(id, async (transaction, job, now) => {
      const from = job.status;
      applyRetry(job, now, options);
      if (options.payload !== undefined) {
        await transaction.query(this.#setPayload, [id, JSON.stringify(options.payload)]);
      }
      await this.#save(transaction, job, from, notice);
      return toQueueJob(job);
    });
  }

  /** @param toNotice - What those who listen are told when a claim is void. */
  async cancel(id: string, toNotice: (revoked: JobFence) => string): Promise<CancelledJob> {
    return this.#change(id, async (transaction, job, now) => {
      const from = job.status;
      if (isFinished(from)) throw wrongJobState('cancelled', job, 'It has already ended.');
      const revoked = fenceOf(job);
      applyCancel(job, now);
      await this.#save(transaction, job, from, revoked && toNotice(revoked));
      return { job: toQueueJob(job), from, revoked };
    });
  }

  async remove(id: string): Promise<QueueJob> {
    if (!isStorable(id)) throw jobNotFound(id);
    const [row] = await this.#database.query<JobRow>(this.#remove, [id]);
    if (row !== undefined) return toQueueJob(fromRow(row));
    const job = await this.#find(id);
    if (job === null) throw jobNotFound(id);
    // If it has ended since, it was running a moment ago, and saying so is right.
    throw wrongJobState('deleted', { id, status: 'processing' }, 'Cancel it first.');
  }

  async #change<T>(
    id: string,
    change: (transaction: PostgresTransaction, job: StoredJob, now: number) => Promise<T>,
  ): Promise<T> {
    if (!isStorable(id)) throw jobNotFound(id);
    return this.#database.transaction(async (transaction) => {
      const { jobs, now } = await this.#saver.lock(transaction, [id]);
      const [job] = jobs;
      if (job === undefined) throw jobNotFound(id);
      return change(transaction, job, now);
    });
  }

  async #save(
    transaction: PostgresTransaction,
    job: StoredJob,
    from: JobStatus,
    notice: string | null,
  ): Promise<void> {
    const counts = new CountChanges();
    counts.move(job.queue, from, job.status);
    await this.#saver.save(transaction, { jobs: [job], counts, notice });
  }

  async #find(id: string): Promise<StoredJob | null> {
    if (!isStorable(id)) return null;
    const [row] = await this.#database.query<JobRow>(this.#byId, [id], { isPrepared: true });
    return row === undefined ? null : fromRow(row);
  }
}

function fenceOf({ id, claims, workerId, status }: StoredJob): JobFence | null {
  return status === 'processing' && workerId !== null ? { jobId: id, claim: claims, workerId } : null;
}

/** The order, though a count needs none, is what makes the planner take the index of that order even when its plan is from when the table was empty. */
function countAheadStatement(jobs: string): string {
  return `SELECT CASE WHEN own.status = 'pending' THEN (
      SELECT count(*) FROM (
        SELECT FROM ${jobs} AS j
        WHERE j.queue = own.queue AND status = 'pending' AND (${SORT_KEY}, seq) < (own.sort_key, own.seq)
        ORDER BY ${SORT_KEY}, seq
      ) AS ahead
    ) END AS n FROM (SELECT queue, status, seq, ${SORT_KEY} AS sort_key FROM ${jobs} WHERE id = $1) AS own`;
}
