import { type ClaimedJob, type ClaimRequest, toQueueJob } from '@townkrier/queue';
import type { PostgresDatabase } from '../postgres-database.ts';
import { claimSteps, clockStep } from './claim-steps.ts';
import type { JobCounts } from './job-counts.ts';
import { fromRow, type JobRow } from './job-row.ts';
import { Patience } from './patience.ts';
import { isStorable } from './storable-text.ts';
import { UnheardClaims } from './unheard-claims.ts';

/** Takes due jobs for workers. Reads only the head of an index of each queue, however long the queue is. */
export class JobClaimer {
  /** Claims whose answer was lost. */
  readonly unheard: UnheardClaims;
  readonly #database: PostgresDatabase;
  readonly #patience = new Patience();
  readonly #claimOfAll: string;
  readonly #claimOfSome: string;
  readonly #nextDueOfAll: string;
  readonly #nextDueOfSome: string;

  constructor(database: PostgresDatabase, counts: JobCounts) {
    this.#database = database;
    this.unheard = new UnheardClaims(database);
    this.#claimOfAll = claimStatement(database, counts, counts.knownQueues);
    this.#claimOfSome = claimStatement(database, counts, 'SELECT unnest($4::text[]) AS queue');
    this.#nextDueOfAll = nextDueStatement(database, counts.knownQueues);
    this.#nextDueOfSome = nextDueStatement(database, 'SELECT unnest($1::text[]) AS queue');
  }

  /** Takes jobs. First come those of an earlier call of the same worker whose answer never arrived. */
  async claim({ workerId, limit, queues }: ClaimRequest): Promise<readonly ClaimedJob[]> {
    const recovered = await this.unheard.recover(workerId, limit);
    if (recovered.length > 0) return toClaimed(recovered, workerId);
    const rows = await this.unheard.watch(workerId, (call) =>
      this.#database.query<JobRow>(
        queues === undefined ? this.#claimOfAll : this.#claimOfSome,
        [workerId, limit, call, ...(queues === undefined ? [] : [namesOf(queues)])],
        { isPrepared: true },
      ),
    );
    if (rows.length > 0) this.#patience.reset();
    return toClaimed(rows, workerId);
  }

  /** Milliseconds until a job of these queues is due; 0 when one is, `null` when none waits. */
  async msUntilNextDue(queues: readonly string[] | undefined): Promise<number | null> {
    const [row] = await this.#database.query<{
      readonly isReady: boolean | null;
      readonly ms: number | null;
    }>(
      queues === undefined ? this.#nextDueOfAll : this.#nextDueOfSome,
      queues === undefined ? [] : [namesOf(queues)],
      { isPrepared: true },
    );
    if (row?.isReady === true) return this.#patience.next();
    this.#patience.reset();
    return row === undefined || row.ms === null ? null : Math.max(0, row.ms);
  }
}

/** Queues by the name that PostgreSQL can keep; there are no others. */
export function namesOf(queues: readonly string[]): string[] {
  return [...new Set(queues)].filter(isStorable);
}

/** Rows that a worker has just claimed, in the order of claims. */
export function toClaimed(rows: readonly JobRow[], workerId: string): ClaimedJob[] {
  return rows.toSorted(byOrderOfClaims).map((row) => ({
    job: toQueueJob(fromRow(row)),
    fence: { jobId: row.id, claim: row.claims, workerId },
  }));
}

function byOrderOfClaims(a: JobRow, b: JobRow): number {
  return a.sort_key - b.sort_key || a.seq - b.seq;
}

function claimStatement(database: PostgresDatabase, counts: JobCounts, queues: string): string {
  const { sql, changes } = claimSteps(database, { workerId: '$1', limit: '$2', call: '$3', queues });
  return `WITH ${clockStep(database)}, ${sql}, counted AS (${counts.addFromAll(changes)}) SELECT * FROM claimed`;
}

function nextDueStatement(database: PostgresDatabase, queues: string): string {
  const jobs = database.table('jobs');
  return `SELECT bool_or(is_ready) AS "isReady", min(due_at) - ${database.table('now_ms')}() AS ms FROM (
      SELECT EXISTS (SELECT FROM ${jobs} AS j WHERE j.queue = queues.queue AND status = 'pending') AS is_ready,
        (SELECT min(due_at) FROM ${jobs} AS j WHERE j.queue = queues.queue AND status IN ('scheduled', 'retrying')) AS due_at
      FROM (${queues}) AS queues
    ) AS heads`;
}
