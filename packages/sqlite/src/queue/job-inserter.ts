import {
  type JobToInsert,
  QueueError,
  QueueErrorCode,
  type QueueJob,
  toQueueJob,
  toStoredJob,
} from '@townkrier/queue';
import { FairTurns, type Taker } from './fair-turns.ts';
import { JobCounts } from './job-counts.ts';
import {
  CHANGING_COLUMNS,
  changingValues,
  FIXED_COLUMNS,
  fixedValues,
  fromRow,
  type JobRow,
} from './job-row.ts';
import type { SqliteHandle } from './join-transaction.ts';

const COLUMNS = [...FIXED_COLUMNS, ...CHANGING_COLUMNS];
const INSERT = `INSERT INTO townkrier_jobs (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')}) ON CONFLICT DO NOTHING`;

/** A job, and whether it was stored now. */
export interface InsertedJob {
  readonly job: QueueJob;
  readonly isNew: boolean;
}

/** Stores new jobs on a connection with an open transaction: the store's own, or one of the app's. */
export class JobInserter {
  readonly #connection: SqliteHandle;
  readonly #maxJobs: number;
  readonly #counts: JobCounts;
  readonly #insert;
  readonly #byKey;
  readonly #byId;
  readonly #unfinished;
  /** Made for the first fair job: most apps have none, and an inserter on an app's connection lives for one call. */
  #turns: FairTurns | undefined;

  constructor(connection: SqliteHandle, maxJobs: number) {
    this.#connection = connection;
    this.#maxJobs = maxJobs;
    this.#counts = new JobCounts(connection);
    this.#insert = connection.prepare(INSERT);
    this.#byKey = connection.prepare('SELECT * FROM townkrier_jobs WHERE idempotency_key = ?');
    this.#byId = connection.prepare('SELECT * FROM townkrier_jobs WHERE id = ?');
    this.#unfinished = connection.prepare(
      "SELECT sum(n) AS n FROM townkrier_job_counts WHERE status IN ('pending', 'scheduled', 'processing', 'retrying')",
    );
  }

  /** @throws {QueueError} `QUEUE_FULL`; the caller undoes what was inserted until then. */
  insert(jobs: readonly JobToInsert[], now: number): InsertedJob[] {
    this.#counts.begin();
    const inserted = jobs.map((job) => this.#insertOne(job, now));
    this.#counts.flush();
    this.#checkRoom(inserted);
    return inserted;
  }

  #insertOne(job: JobToInsert, now: number): InsertedJob {
    const stored = toStoredJob(job, now);
    const order = job.isFair && stored.status === 'pending' ? this.#nextTurn(stored) : stored.dueAt;
    const { changes } = this.#insert.run(
      ...fixedValues(stored, job.isFair),
      ...changingValues(stored, order),
    );
    if (Number(changes) === 0) return { job: this.#kept(job), isNew: false };
    this.#counts.change(stored.queue, stored.status, 1);
    return { job: toQueueJob(stored), isNew: true };
  }

  #nextTurn(job: Taker): number {
    this.#turns ??= new FairTurns(this.#connection);
    return this.#turns.next(job);
  }

  /** The job that has the key, else the one that has the id: one of them was in the way. */
  #kept(job: JobToInsert): QueueJob {
    const row =
      (job.idempotencyKey !== null && this.#byKey.get(job.idempotencyKey)) || this.#byId.get(job.id);
    return toQueueJob(fromRow(row as JobRow));
  }

  #checkRoom(inserted: readonly InsertedJob[]): void {
    const { n: unfinished } = this.#unfinished.get() as { readonly n: number }; // a row was counted just now
    if (unfinished <= this.#maxJobs || !inserted.some(({ isNew }) => isNew)) return;
    throw new QueueError(
      QueueErrorCode.QUEUE_FULL,
      `With these the queue would keep ${unfinished} unfinished jobs, but maxJobs is ${this.#maxJobs}. ` +
        'Work off the backlog with more workers, slow down the producer, or raise maxJobs.',
    );
  }
}
