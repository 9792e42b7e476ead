import { expectFew } from '../few-rows.ts';
import type { PostgresDatabase } from '../postgres-database.ts';
import { SORT_KEY } from './claim-order.ts';
import { isHeldUnder } from './fence.ts';

/** Milliseconds a worker is trusted for that claims before it ever said that it lives. */
const FIRST_LEASE = 15_000;
/** Jobs of a queue that become pending with one claim, at most, when very many are due at the same moment. */
const PROMOTED_AT_ONCE = 1_000;

/** Steps of a statement (`WITH …`), and what they change of the counts. */
export interface Steps {
  readonly sql: string;
  /** Queries with `queue`, `status` and `n`. */
  readonly changes: readonly string[];
}

/** The step that says what time it is, for the steps below. */
export function clockStep(database: PostgresDatabase): string {
  return `clock AS MATERIALIZED (SELECT ${database.table('now_ms')}() AS now)`;
}
const NOW = '(SELECT now FROM clock)';

/** What a claim is asked, as SQL. */
export interface ClaimParameters {
  readonly workerId: string;
  readonly limit: string;
  readonly call: string;
  /** A query for names of queues. */
  readonly queues: string;
}

/**
 * The steps of a claim: jobs that came due join those that are pending, the first of all go to the worker (`claimed`), and the others stay pending. Rows that
 * another claim has locked are passed over.
 */
export function claimSteps(database: PostgresDatabase, claim: ClaimParameters): Steps {
  const [jobs, workers] = [database.table('jobs'), database.table('workers')];
  const sql = `queues AS MATERIALIZED (
      ${claim.queues}
    ), due AS MATERIALIZED (
      SELECT due.* FROM queues CROSS JOIN LATERAL (
        SELECT id, seq, queue, status, ${SORT_KEY} AS sort_key FROM ${jobs} AS j
        WHERE j.queue = queues.queue AND status IN ('scheduled', 'retrying') AND due_at <= ${NOW}
        ORDER BY due_at LIMIT ${PROMOTED_AT_ONCE} FOR UPDATE SKIP LOCKED
      ) AS due
    ), ready AS MATERIALIZED (
      SELECT ready.* FROM queues CROSS JOIN LATERAL (
        SELECT id, seq, queue, status, ${SORT_KEY} AS sort_key FROM ${jobs} AS j
        WHERE j.queue = queues.queue AND status = 'pending'
        ORDER BY ${SORT_KEY}, seq LIMIT ${claim.limit} FOR UPDATE SKIP LOCKED
      ) AS ready
    ), chosen AS MATERIALIZED (
      SELECT * FROM (SELECT * FROM due UNION ALL SELECT * FROM ready) AS candidates ORDER BY sort_key, seq LIMIT ${claim.limit}
    ), promoted AS MATERIALIZED (
      SELECT * FROM due WHERE seq NOT IN (SELECT seq FROM chosen)
    ), claimed AS (
      UPDATE ${jobs} AS j SET status = 'processing', attempts = attempts + 1, claims = claims + 1,
        worker_id = ${claim.workerId}, claim_call = ${claim.call}, started_at = ${NOW}, updated_at = ${NOW}
      FROM chosen WHERE j.id = chosen.id AND ${expectFew('chosen.seq')}
      RETURNING j.*, chosen.sort_key
    ), made_pending AS (
      UPDATE ${jobs} AS j SET status = 'pending' FROM promoted WHERE j.id = promoted.id AND ${expectFew('promoted.seq')}
    ), leased AS (
      INSERT INTO ${workers} (id, lease_ends_at)
      SELECT ${claim.workerId}, ${NOW} + ${FIRST_LEASE}
      WHERE EXISTS (SELECT FROM chosen) AND NOT EXISTS (SELECT FROM ${workers} WHERE id = ${claim.workerId})
      ON CONFLICT DO NOTHING
    )`;
  const changes = [
    'SELECT queue, status, -1 AS n FROM chosen',
    "SELECT queue, 'processing', 1 FROM chosen",
    'SELECT queue, status, -1 FROM promoted',
    "SELECT queue, 'pending', 1 FROM promoted",
  ];
  return { sql, changes };
}

/** What a completion says, as SQL: arrays of the same length. */
export interface CompletionParameters {
  readonly ids: string;
  readonly claims: string;
  readonly workerIds: string;
  readonly results: string;
  /** NULL leaves a job's as they are. */
  readonly deliveries: string;
}

/** The steps that complete jobs whose claim holds (`completed`). */
export function completionSteps(database: PostgresDatabase, given: CompletionParameters): Steps {
  const sql = `ending AS MATERIALIZED (
      SELECT * FROM unnest(${given.ids}::text[], ${given.claims}::integer[], ${given.workerIds}::text[], ${given.results}::json[], ${given.deliveries}::json[])
        AS given (id, claim, worker_id, result, deliveries)
    ), completed AS (
      UPDATE ${database.table('jobs')} AS j SET status = 'completed', result = ending.result, error = NULL,
        deliveries = coalesce(ending.deliveries, j.deliveries), completed_at = ${NOW}, updated_at = ${NOW}
      FROM ending
      WHERE j.id = ending.id AND ${expectFew('ending.claim')} AND ${isHeldUnder('j', { claim: 'ending.claim', workerId: 'ending.worker_id' })}
      RETURNING j.id, j.queue
    )`;
  const changes = [
    "SELECT queue, 'processing' AS status, -1 AS n FROM completed",
    "SELECT queue, 'completed', 1 FROM completed",
  ];
  return { sql, changes };
}

/** The ids of the jobs that were completed, as JSON; NULL, which is shorter, when it was all of them. */
export const COMPLETED_IDS = `CASE WHEN (SELECT count(*) FROM completed) < (SELECT count(*) FROM ending)
  THEN (SELECT coalesce(json_agg(id), '[]') FROM completed) END`;
