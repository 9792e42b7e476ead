import { type ClaimedJob, toQueueJob } from '@townkrier/queue';
import type { PostgresDatabase } from '../postgres-database.ts';
import { type JobCounts, OWN_SLOT } from './job-counts.ts';
import { fromRow, type JobRow } from './job-row.ts';
import { Patience } from './patience.ts';
import { isStorable } from './storable-text.ts';
import { UnheardClaims } from './unheard-claims.ts';

/** Who claims what. */
export interface Claim {
  readonly workerId: string;
  readonly limit: number;
  readonly queues?: readonly string[];
}

/** Milliseconds a worker is trusted for that claims before it ever said that it lives. */
const FIRST_LEASE = 15_000;
/** Jobs of a queue that become pending with one claim, at most, when very many are due at the same moment. */
const PROMOTED_AT_ONCE = 1_000;

/** Takes due jobs for workers. Reads only the head of an index of each queue, however long the queue is. */
export class JobClaimer {
  readonly #database: PostgresDatabase;
  readonly #unheard: UnheardClaims;
  readonly #patience = new Patience();
  readonly #claimOfAll: string;
  readonly #claimOfSome: string;
  readonly #nextDueOfAll: string;
  readonly #nextDueOfSome: string;

  constructor(database: PostgresDatabase, counts: JobCounts) {
    this.#database = database;
    this.#unheard = new UnheardClaims(database);
    this.#claimOfAll = claimStatement(database, counts, counts.knownQueues);
    this.#claimOfSome = claimStatement(database, counts, 'SELECT unnest($4::text[]) AS queue');
    this.#nextDueOfAll = nextDueStatement(database, counts.knownQueues);
    this.#nextDueOfSome = nextDueStatement(database, 'SELECT unnest($1::text[]) AS queue');
  }

  /** Takes jobs. First come those of an earlier call of the same worker whose answer never arrived. */
  async claim({ workerId, limit, queues }: Claim): Promise<readonly ClaimedJob[]> {
    const recovered = await this.#unheard.recover(workerId, limit);
    if (recovered.length > 0) return recovered.map((row) => toClaimed(row, workerId));
    const rows = await this.#unheard.watch(workerId, (call) =>
      this.#database.query<JobRow>(
        queues === undefined ? this.#claimOfAll : this.#claimOfSome,
        [workerId, limit, call, ...(queues === undefined ? [] : [namesOf(queues)])],
        { isPrepared: true },
      ),
    );
    if (rows.length > 0) this.#patience.reset();
    return rows.sort(byOrderOfClaims).map((row) => toClaimed(row, workerId));
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

  /** Forgets what is kept of a worker that stopped. */
  forgetWorker(workerId: string): void {
    this.#unheard.forgetWorker(workerId);
  }
}

/** Queues by the name that PostgreSQL can keep; there are no others. */
function namesOf(queues: readonly string[]): string[] {
  return [...new Set(queues)].filter(isStorable);
}

function toClaimed(row: JobRow, workerId: string): ClaimedJob {
  return { job: toQueueJob(fromRow(row)), fence: { jobId: row.id, claim: row.claims, workerId } };
}

function byOrderOfClaims(a: JobRow, b: JobRow): number {
  return a.sort_key - b.sort_key || a.seq - b.seq;
}

/**
 * One statement: jobs that came due join those that are pending, the first of all go to the worker, and the others stay pending. Rows that another claim
 * has locked are passed over. `= ANY (ARRAY (…))` makes sure that rows are found by the index, whatever the planner believes about their number.
 */
function claimStatement(database: PostgresDatabase, counts: JobCounts, queues: string): string {
  const [jobs, workers] = [database.table('jobs'), database.table('workers')];
  return `WITH clock AS MATERIALIZED (
      SELECT ${database.table('now_ms')}() AS now
    ), queues AS MATERIALIZED (
      ${queues}
    ), due AS MATERIALIZED (
      SELECT due.* FROM queues CROSS JOIN LATERAL (
        SELECT seq, queue, status, sort_key FROM ${jobs} AS j
        WHERE j.queue = queues.queue AND status IN ('scheduled', 'retrying') AND due_at <= (SELECT now FROM clock)
        ORDER BY due_at LIMIT ${PROMOTED_AT_ONCE} FOR UPDATE SKIP LOCKED
      ) AS due
    ), ready AS MATERIALIZED (
      SELECT ready.* FROM queues CROSS JOIN LATERAL (
        SELECT seq, queue, status, sort_key FROM ${jobs} AS j
        WHERE j.queue = queues.queue AND status = 'pending'
        ORDER BY sort_key, seq LIMIT $2 FOR UPDATE SKIP LOCKED
      ) AS ready
    ), chosen AS MATERIALIZED (
      SELECT * FROM (SELECT * FROM due UNION ALL SELECT * FROM ready) AS candidates ORDER BY sort_key, seq LIMIT $2
    ), promoted AS MATERIALIZED (
      SELECT * FROM due WHERE seq NOT IN (SELECT seq FROM chosen)
    ), claimed AS (
      UPDATE ${jobs} SET status = 'processing', attempts = attempts + 1, claims = claims + 1, worker_id = $1, claim_call = $3,
        started_at = (SELECT now FROM clock), updated_at = (SELECT now FROM clock)
      WHERE seq = ANY (ARRAY (SELECT seq FROM chosen))
      RETURNING *
    ), made_pending AS (
      UPDATE ${jobs} SET status = 'pending' WHERE seq = ANY (ARRAY (SELECT seq FROM promoted))
    ), leased AS (
      INSERT INTO ${workers} (id, lease_ends_at)
      SELECT $1, (SELECT now FROM clock) + ${FIRST_LEASE}
      WHERE EXISTS (SELECT FROM chosen) AND NOT EXISTS (SELECT FROM ${workers} WHERE id = $1)
      ON CONFLICT DO NOTHING
    ), counted AS (
      ${counts.addFrom(
        `(SELECT queue, status, -1 AS n FROM chosen UNION ALL SELECT queue, 'processing', 1 FROM chosen
          UNION ALL SELECT queue, status, -1 FROM promoted UNION ALL SELECT queue, 'pending', 1 FROM promoted) AS moved`,
        OWN_SLOT,
      )}
    )
    SELECT * FROM claimed`;
}

function nextDueStatement(database: PostgresDatabase, queues: string): string {
  const jobs = database.table('jobs');
  return `SELECT bool_or(is_ready) AS "isReady", min(due_at) - ${database.table('now_ms')}() AS ms FROM (
      SELECT EXISTS (SELECT FROM ${jobs} AS j WHERE j.queue = queues.queue AND status = 'pending') AS is_ready,
        (SELECT min(due_at) FROM ${jobs} AS j WHERE j.queue = queues.queue AND status IN ('scheduled', 'retrying')) AS due_at
      FROM (${queues}) AS queues
    ) AS heads`;
}
