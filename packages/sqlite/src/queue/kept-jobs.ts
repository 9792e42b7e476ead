import type { JsonValue } from '@townkrier/core';
import { type JobFence, type JobStatus, jobNotFound } from '@townkrier/queue';
import type { FairTurns } from './fair-turns.ts';
import type { JobCounts } from './job-counts.ts';
import {
  CHANGING_COLUMNS,
  changingValues,
  fromRow,
  type JobRow,
  type KeptJob,
  listToJson,
} from './job-row.ts';
import type { SqliteHandle } from './join-transaction.ts';

/** Jobs by their id, one at a time. Changes are made within an open transaction of the store, and counted. */
export class KeptJobs {
  readonly #counts: JobCounts;
  readonly #turns: FairTurns;
  readonly #byId;
  readonly #save;
  readonly #savePayload;
  readonly #saveAttempts;
  readonly #delete;

  constructor(connection: SqliteHandle, counts: JobCounts, turns: FairTurns) {
    this.#counts = counts;
    this.#turns = turns;
    this.#byId = connection.prepare('SELECT * FROM townkrier_jobs WHERE id = ?');
    this.#save = connection.prepare(
      `UPDATE townkrier_jobs SET ${CHANGING_COLUMNS.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`,
    );
    this.#savePayload = connection.prepare('UPDATE townkrier_jobs SET payload = ? WHERE id = ?');
    this.#saveAttempts = connection.prepare('UPDATE townkrier_jobs SET attempt_log = ? WHERE id = ?');
    this.#delete = connection.prepare('DELETE FROM townkrier_jobs WHERE id = ?');
  }

  find(id: string): KeptJob | null {
    const row = this.row(id);
    return row === null ? null : fromRow(row);
  }

  /** @throws {QueueError} `QUEUE_JOB_NOT_FOUND`. */
  require(id: string): KeptJob {
    const job = this.find(id);
    if (job === null) throw jobNotFound(id);
    return job;
  }

  /** The job, if the fence still holds. */
  held({ jobId, claim, workerId }: JobFence): KeptJob | null {
    const job = this.find(jobId);
    const isHeld = job?.status === 'processing' && job.claims === claim && job.workerId === workerId;
    return isHeld ? job : null;
  }

  row(id: string): JobRow | null {
    const row: unknown = this.#byId.get(id);
    return row === undefined ? null : (row as JobRow);
  }

  /** Stores what changed of a job, but not its payload. One that is pending now was not before: a fair one takes its turn. */
  save(job: KeptJob, from: JobStatus): void {
    const order = job.isFair && job.status === 'pending' ? this.#turns.next(job) : job.dueAt;
    this.#save.run(...changingValues(job, order), job.id);
    this.#counts.move(job.queue, from, job.status);
  }

  savePayload(id: string, payload: JsonValue): void {
    this.#savePayload.run(JSON.stringify(payload), id);
  }

  /** Stores what changed of the attempts alone, whatever the job does meanwhile. */
  saveAttempts({ id, attemptLog }: KeptJob): void {
    this.#saveAttempts.run(listToJson(attemptLog), id);
  }

  remove({ id, queue, status }: KeptJob): void {
    this.#delete.run(id);
    this.#counts.change(queue, status, -1);
  }
}
