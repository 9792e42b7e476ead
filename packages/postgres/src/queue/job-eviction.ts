import { expectFew } from '../few-rows.ts';
import type { PostgresDatabase } from '../postgres-database.ts';
import type { JobCounts } from './job-counts.ts';

/** Jobs deleted by one statement, so that none holds locks for long. */
const EVICTED_AT_ONCE = 500;
/** Milliseconds after which no other statement is begun; the rest waits for the next call. */
const TIME_SHARE = 250;

/**
 * Deletes finished jobs whose time in the history is over, the oldest first, and those whose `remove_after_ms` is over. The time of a job whose key is kept begins when that
 * ends.
 */
export class JobEviction {
  readonly #database: PostgresDatabase;
  readonly #finishedMaxAge: number;
  readonly #evict: string;
  readonly #evictLeaving: string;

  constructor(database: PostgresDatabase, counts: JobCounts, finishedMaxAge: number) {
    this.#database = database;
    this.#finishedMaxAge = finishedMaxAge;
    const countsFrom = 'coalesce(completed_at, failed_at, cancelled_at) + coalesce(key_retention_ms, 0)';
    const leavesAt = 'coalesce(completed_at, cancelled_at) + greatest(remove_after_ms, key_retention_ms)';
    const now = `${database.table('now_ms')}()`;
    this.#evict = evictStatement(database, counts, {
      which: `status IN ('completed', 'failed', 'cancelled') AND ${countsFrom} < ${now} - $1::bigint`,
      order: countsFrom,
    });
    this.#evictLeaving = evictStatement(database, counts, {
      which: `remove_after_ms IS NOT NULL AND status IN ('completed', 'cancelled') AND ${leavesAt} <= ${now}`,
      order: leavesAt,
    });
  }

  async run(): Promise<void> {
    await this.#repeat(this.#evict, [Math.ceil(this.#finishedMaxAge)]);
    await this.#repeat(this.#evictLeaving, []);
  }

  async #repeat(statement: string, values: readonly number[]): Promise<void> {
    const began = performance.now();
    let evicted = EVICTED_AT_ONCE;
    while (evicted === EVICTED_AT_ONCE && performance.now() - began < TIME_SHARE) {
      const [row] = await this.#database.query<{ readonly n: number }>(statement, values, {
        isPrepared: true,
      });
      evicted = row?.n ?? 0;
    }
  }
}

interface Evicted {
  readonly which: string;
  /** Those come first for which this is smaller; there has to be an index of it. */
  readonly order: string;
}

function evictStatement(database: PostgresDatabase, counts: JobCounts, { which, order }: Evicted): string {
  const jobs = database.table('jobs');
  return `WITH evicted AS (
      DELETE FROM ${jobs} AS j USING (
        SELECT id, seq FROM ${jobs} WHERE ${which} ORDER BY ${order} LIMIT ${EVICTED_AT_ONCE} FOR UPDATE SKIP LOCKED
      ) AS old WHERE j.id = old.id AND ${expectFew('old.seq')} RETURNING j.queue, j.status
    ), counted AS (
      ${counts.addFrom('(SELECT queue, status, -1 AS n FROM evicted) AS gone')}
    ) SELECT count(*) AS n FROM evicted`;
}
