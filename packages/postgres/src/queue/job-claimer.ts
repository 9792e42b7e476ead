import { type ClaimedJob, type ClaimRequest, type QueueSelection, toQueueJob } from '@townkrier/queue';
import type { PostgresDatabase } from '../postgres-database.ts';
import { claimSteps, clockStep } from './claim-steps.ts';
import type { JobCounts } from './job-counts.ts';
import { type ClaimedRow, fromRow } from './job-row.ts';
import { Patience } from './patience.ts';
import { SelectiveStatement } from './queue-selection.ts';
import { UnheardClaims } from './unheard-claims.ts';

/** Takes due jobs for workers. Reads only the head of an index of each queue, however long the queue is. */
export class JobClaimer {
  /** Claims whose answer was lost. */
  readonly unheard: UnheardClaims;
  readonly #database: PostgresDatabase;
  readonly #patience = new Patience();
  readonly #claim: SelectiveStatement;
  readonly #nextDue: SelectiveStatement;

  constructor(database: PostgresDatabase, counts: JobCounts) {
    this.#database = database;
    this.unheard = new UnheardClaims(database);
    this.#claim = new SelectiveStatement(counts, '$4', (queues) => claimStatement(database, counts, queues));
    this.#nextDue = new SelectiveStatement(counts, '$1', (queues) => nextDueStatement(database, queues));
  }

  /** Takes jobs. First come those of an earlier call of the same worker whose answer never arrived. */
  async claim(request: ClaimRequest): Promise<readonly ClaimedJob[]> {
    const { workerId, limit } = request;
    const recovered = await this.unheard.recover(workerId, limit);
    if (recovered.length > 0) return toClaimed(recovered, workerId);
    const { sql, names } = this.#claim.for(request);
    const rows = await this.unheard.watch(workerId, (call) =>
      this.#database.query<ClaimedRow>(sql, [workerId, limit, call, names], { isPrepared: true }),
    );
    if (rows.length > 0) this.#patience.reset();
    return toClaimed(rows, workerId);
  }

  /** Milliseconds until a job of these queues is due; 0 when one is, `null` when none waits. */
  async msUntilNextDue(selection: QueueSelection): Promise<number | null> {
    const { sql, names } = this.#nextDue.for(selection);
    const [row] = await this.#database.query<{
      readonly isReady: boolean | null;
      readonly ms: number | null;
    }>(sql, [names], { isPrepared: true });
    if (row?.isReady === true) return this.#patience.next();
    this.#patience.reset();
    return row === undefined || row.ms === null ? null : Math.max(0, row.ms);
  }
}

/** Rows that a worker has just claimed, in the order of claims. */
export function toClaimed(rows: readonly ClaimedRow[], workerId: string): ClaimedJob[] {
  return rows.toSorted(byOrderOfClaims).map((row) => ({
    job: toQueueJob(fromRow(row)),
    fence: { jobId: row.id, claim: row.claims, workerId },
  }));
}

function byOrderOfClaims(a: ClaimedRow, b: ClaimedRow): number {
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
