import { type ClaimedJob, type ClaimRequest, type QueueSelection, toQueueJob } from '@townkrier/queue';
import type { FairTurns } from './fair-turns.ts';
import type { JobCount, JobCounts } from './job-counts.ts';
import { JobPromoter } from './job-promoter.ts';
import { fromRow, type JobRow } from './job-row.ts';
import type { SqliteHandle } from './join-transaction.ts';

/** Takes due jobs for a worker, within an open transaction of the store. Reads only the head of an index of each queue, however long the queue is. */
export class JobClaimer {
  readonly #counts: JobCounts;
  readonly #promoter: JobPromoter;
  readonly #heads;
  readonly #take;
  readonly #nextDue;
  readonly #placeInQueue;
  readonly #ahead;

  constructor(connection: SqliteHandle, counts: JobCounts, turns: FairTurns) {
    this.#counts = counts;
    this.#promoter = new JobPromoter(connection, counts, turns);
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
    this.#placeInQueue = connection.prepare(
      "SELECT queue, sort_key, seq FROM townkrier_jobs WHERE id = ? AND status = 'pending'",
    );
    this.#ahead = connection.prepare(
      "SELECT count(*) AS n FROM townkrier_jobs WHERE queue = ? AND status = 'pending' AND (sort_key, seq) < (?, ?)",
    );
  }

  /** @returns the rows as they were before, in the order of claims; {@link toClaimedJob} makes of them what they are now. */
  claim(request: ClaimRequest, now: number): JobRow[] {
    const { workerId, limit } = request;
    this.#promoter.promoteDue(now);
    const rows = this.#firstReady(request, limit);
    for (const { seq, queue } of rows) {
      this.#take.run(workerId, now, now, seq);
      this.#counts.move(queue, 'pending', 'processing');
    }
    return rows;
  }

  /** Milliseconds until a job of these queues is due; 0 when one is, `null` when none waits. */
  msUntilNextDue(selection: QueueSelection, now: number): number | null {
    const waiting = this.#waiting(selection);
    if (waiting.some(({ status }) => status === 'pending')) return 0;
    const names = new Set(waiting.map(({ queue }) => queue));
    const moments = [...names].map((queue) => dueAtOf(this.#nextDue.get(queue)));
    return names.size === 0 ? null : Math.max(0, Math.min(...moments) - now);
  }

  /** How many jobs of its queue are claimed before a pending one, which are walked in an index; `null` for a job that is not pending. */
  countAhead(id: string): number | null {
    const row: unknown = this.#placeInQueue.get(id);
    if (row === undefined) return null;
    const { queue, sort_key, seq } = row as Pick<JobRow, 'queue' | 'sort_key' | 'seq'>;
    return countOf(this.#ahead.get(queue, sort_key, seq));
  }

  /** The first jobs of all these queues together. */
  #firstReady(selection: QueueSelection, limit: number): JobRow[] {
    const pending = this.#waiting(selection).filter(({ status }) => status === 'pending');
    const heads = pending.flatMap(({ queue }) => asRows(this.#heads.all(queue, limit)));
    return pending.length < 2 ? heads : heads.sort(byOrderOfClaims).slice(0, limit);
  }

  #waiting({ queues, exceptQueues }: QueueSelection): JobCount[] {
    const waiting = this.#counts.waiting();
    if (queues === undefined && exceptQueues === undefined) return waiting;
    return waiting.filter(
      ({ queue }) => queues?.includes(queue) !== false && exceptQueues?.includes(queue) !== true,
    );
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
function countOf(row: unknown): number {
  return (row as { readonly n: number }).n;
}
function dueAtOf(row: unknown): number {
  return (row as { readonly due_at: number | null }).due_at ?? Number.POSITIVE_INFINITY;
}
