import type { JobStatus, QueueStats } from '@townkrier/queue';
import type { PostgresDatabase, PostgresTransaction } from '../postgres-database.ts';
import type { TimeLimit } from '../time-limit.ts';

/** Rows that the counts of one queue and status are spread over. */
const SLOTS = 16;

/** Rows of transactions of apps that are folded into the others in one go. */
const FOLDED_AT_ONCE = 1_000;

/** The row of a statement or transaction of our own, which is short: that of its connection. */
export const OWN_SLOT = `(pg_backend_pid() % ${SLOTS})`;

/**
 * The row of a transaction of the app's, which may stay open for long: one that nobody else writes, so that nobody waits for it. It is folded into the others
 * later, by {@link JobCounts.fold}.
 */
export const TRANSACTION_SLOT = `(${SLOTS} + pg_current_xact_id()::text::bigint)`;

/** How many jobs of a queue have a status. */
export interface JobCount {
  readonly queue: string;
  readonly status: JobStatus;
  readonly n: number;
}

/**
 * Jobs by queue and status. Every statement that changes jobs changes these in itself, as its last step and in the order of their keys, so that no two wait for
 * each other in a circle.
 */
export class JobCounts {
  readonly #database: PostgresDatabase;
  readonly #table: string;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#table = database.table('job_counts');
  }

  /**
   * The step of a statement that adds to the counts.
   *
   * @param changes - What to add: a FROM item with `queue`, `status` and `n`, several rows for one place allowed.
   */
  addFrom(changes: string, slot: string = OWN_SLOT): string {
    return `INSERT INTO ${this.#table} AS c (queue, status, slot, n)
      SELECT queue, status, ${slot}, sum(n)::bigint FROM ${changes}
      GROUP BY queue, status HAVING sum(n) <> 0 ORDER BY queue, status
      ON CONFLICT (queue, status, slot) DO UPDATE SET n = c.n + EXCLUDED.n`;
  }

  /** The same, for changes that several queries give. */
  addFromAll(changes: readonly string[]): string {
    return this.addFrom(`(${changes.join(' UNION ALL ')}) AS changes`);
  }

  /** A query for the names of all queues that ever had a job: one look into the index for each, whatever the counts. */
  get knownQueues(): string {
    return `SELECT queue FROM (
      WITH RECURSIVE known (queue) AS (
        (SELECT queue FROM ${this.#table} ORDER BY queue LIMIT 1)
        UNION ALL
        SELECT (SELECT c.queue FROM ${this.#table} c WHERE c.queue > known.queue ORDER BY c.queue LIMIT 1)
        FROM known WHERE known.queue IS NOT NULL
      ) SELECT queue FROM known
    ) AS every_queue WHERE queue IS NOT NULL`;
  }

  /** What is not zero, of one queue or all. */
  async all(queue?: string): Promise<JobCount[]> {
    const where = queue === undefined ? '' : 'WHERE queue = $1';
    return this.#database.query<JobCount>(
      `SELECT queue, status, sum(n)::bigint AS n FROM ${this.#table} ${where} GROUP BY queue, status HAVING sum(n) <> 0`,
      queue === undefined ? [] : [queue],
      { isPrepared: true },
    );
  }

  async stats(queue?: string): Promise<QueueStats> {
    const stats: Record<JobStatus, number> = {
      pending: 0,
      scheduled: 0,
      processing: 0,
      retrying: 0,
      completed: 0,
      failed: 0,
      cancelled: 0,
    };
    for (const { status, n } of await this.all(queue)) stats[status] += n;
    return stats;
  }

  /** Jobs that have not ended. */
  async unfinished(runner: PostgresTransaction, limit: TimeLimit): Promise<number> {
    const [row] = await runner.query<{ readonly n: number }>(
      `SELECT coalesce(sum(n), 0)::bigint AS n FROM ${this.#table} WHERE status IN ('pending', 'scheduled', 'processing', 'retrying')`,
      [],
      { isPrepared: true, timeoutMs: limit.left },
    );
    return row?.n ?? 0;
  }

  /** Adds the rows of apps' transactions that have committed to the others. */
  async fold(): Promise<void> {
    await this.#database.query(
      `WITH folded AS (
        DELETE FROM ${this.#table} WHERE (queue, status, slot) IN (
          SELECT queue, status, slot FROM ${this.#table} WHERE slot >= ${SLOTS} LIMIT ${FOLDED_AT_ONCE} FOR UPDATE SKIP LOCKED
        ) RETURNING queue, status, n
      ) ${this.addFrom('folded')}`,
    );
  }
}
