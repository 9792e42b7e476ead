import { type ClaimedJob, toQueueJob } from '@townkrier/queue';
import type { JobCount, JobCounts } from './job-counts.ts';
import { fromRow, type JobRow } from './job-row.ts';
import type { SqliteHandle } from './join-transaction.ts';

/** Who claims what. */
export interface Claim {
  readonly workerId: string;
  readonly limit: number;
  readonly queues?: readonly string[];
}

/** Takes due jobs for a worker, within an open transaction of the store. Reads only the head of an index of each queue, however long the queue is. */
export class JobClaimer {
  readonly #counts: JobCounts;
  readonly #promote;
  readonly #heads;
  readonly #take;
  readonly #nextDue;

  constructor(connection: SqliteHandle, counts: JobCounts) {
    this.#counts = counts;
    this.#promote = connection.prepare(
      `UPDATE townkrier_jobs SET status = 'pending' WHERE queue = ? AND due_at <= ? AND status IN ('scheduled', 'retrying') AND status = ?`,
    );
    this.#heads = connection.prepare(
      `SELECT * FROM townkrier_jobs WHERE queue = ? AND status = 'pending' ORDER BY sort_key, seq LIMIT ?`,
    );
    // Row by row: an UPDATE that picks its rows itself and returns them builds two tables on the way, and costs half as much again.
    this.#take = connection.prepare(
      `UPDATE townkrier_jobs
       SET status = 'processing', attempts = attempts + 1, claims = claims + 1, worker_id = ?, started_at = ?, updated_at = ?
       WHERE seq = ?`,
    );
    this.#nextDue = connection.prepare(
      `SELECT min(due_at) AS due_at FROM townkrier_jobs WHERE queue = ? AND status IN ('scheduled', 'retrying')`,
    );
  }

  /** @returns the rows as they were before, in the order of claims; {@link toClaimedJob} makes of them what they are now. */
  claim({ workerId, limit, queues }: Claim, now: number): JobRow[] {
    this.#promoteDue(now);
    const rows = this.#firstReady(queues, limit);
    for (const { seq, queue } of rows) {
      this.#take.run(workerId, now, now, seq);
      this.#counts.move(queue, 'pending', 'processing');
    }
    return rows;
  }

  /** Milliseconds until a job of these queues is due; 0 when one is, `null` when none waits. */
  msUntilNextDue(queues: readonly string[] | undefined, now: number): number | null {
    const waiting = this.#waiting(queues);
    if (waiting.some(({ status }) => status === 'pending')) return 0;
    const names = new Set(waiting.map(({ queue }) => queue));
    const moments = [...names].map((queue) => dueAtOf(this.#nextDue.get(queue)));
    return names.size === 0 ? null : Math.max(0, Math.min(...moments) - now);
  }

  #promoteDue(now: number): void {
    for (const { queue, status } of this.#counts.waiting()) {
      if (status === 'pending') continue;
      const { changes } = this.#promote.run(queue, now, status);
      if (Number(changes) === 0) continue;
      this.#counts.change(queue, status, -Number(changes));
      this.#counts.change(queue, 'pending', Number(changes));
    }
    this.#counts.flush();
  }

  /** The first jobs of all these queues together. */
  #firstReady(queues: readonly string[] | undefined, limit: number): JobRow[] {
    const pending = this.#waiting(queues).filter(({ status }) => status === 'pending');
    const heads = pending.flatMap(({ queue }) => asRows(this.#heads.all(queue, limit)));
    return pending.length < 2 ? heads : heads.sort(byOrderOfClaims).slice(0, limit);
  }

  #waiting(queues: readonly string[] | undefined): JobCount[] {
    const waiting = this.#counts.waiting();
    return queues === undefined ? waiting : waiting.filter(({ queue }) => queues.includes(queue));
  }
}

/** A row that was just claimed, as the worker is given it. */
export function toClaimedJob(row: JobRow, workerId: string, now: number): ClaimedJob {
  const job = fromRow(row);
  job.status = 'processing';
  job.attempts++;
  job.claims++;
  job.workerId = workerId;
  job.startedAt = now;
  job.updatedAt = now;
  return { job: toQueueJob(job), fence: { jobId: job.id, claim: job.claims, workerId } };
}

function byOrderOfClaims(a: JobRow, b: JobRow): number {
  return a.sort_key - b.sort_key || a.seq - b.seq;
}

/** What the statements of this file select is what these say; the tables are STRICT. */
function asRows(rows: unknown[]): JobRow[] {
  return rows as JobRow[];
}
function dueAtOf(row: unknown): number {
  return (row as { readonly due_at: number | null }).due_at ?? Number.POSITIVE_INFINITY;
}
