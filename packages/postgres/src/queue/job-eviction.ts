import { expectFew } from '../few-rows.ts';
import type { PostgresDatabase } from '../postgres-database.ts';
import type { JobCounts } from './job-counts.ts';

/** Jobs deleted by one statement, so that none holds locks for long. */
const EVICTED_AT_ONCE = 500;
/** Milliseconds after which no other statement is begun; the rest waits for the next call. */
const TIME_SHARE = 250;

/** Deletes finished jobs whose time in the history is over, the oldest first. That of a job whose key is kept begins when that ends. */
export class JobEviction {
  readonly #database: PostgresDatabase;
  readonly #finishedMaxAge: number;
  readonly #evict: string;

  constructor(database: PostgresDatabase, counts: JobCounts, finishedMaxAge: number) {
    this.#database = database;
    this.#finishedMaxAge = finishedMaxAge;
    const jobs = database.table('jobs');
    const countsFrom = 'coalesce(completed_at, failed_at, cancelled_at) + coalesce(key_retention_ms, 0)';
    this.#evict = `WITH evicted AS (
        DELETE FROM ${jobs} AS j USING (
          SELECT id, seq FROM ${jobs}
          WHERE status IN ('completed', 'failed', 'cancelled') AND ${countsFrom} < ${database.table('now_ms')}() - $1::bigint
          ORDER BY ${countsFrom} LIMIT ${EVICTED_AT_ONCE} FOR UPDATE SKIP LOCKED
        ) AS old WHERE j.id = old.id AND ${expectFew('old.seq')} RETURNING j.queue, j.status
      ), counted AS (
        ${counts.addFrom('(SELECT queue, status, -1 AS n FROM evicted) AS gone')}
      ) SELECT count(*) AS n FROM evicted`;
  }

  async run(): Promise<void> {
    const began = performance.now();
    let evicted = EVICTED_AT_ONCE;
    while (evicted === EVICTED_AT_ONCE && performance.now() - began < TIME_SHARE) {
      const [row] = await this.#database.query<{ readonly n: number }>(
        this.#evict,
        [Math.ceil(this.#finishedMaxAge)],
        { isPrepared: true },
      );
      evicted = row?.n ?? 0;
    }
  }
}
