import type { StoredJob } from '@townkrier/queue';
import { expectFew } from '../few-rows.ts';
import { type PostgresDatabase, type PostgresTransaction, quoteText } from '../postgres-database.ts';
import type { CountChanges } from './count-changes.ts';
import type { JobCounts } from './job-counts.ts';
import { CHANGING_COLUMNS, changingValues, fromRow, type JobRow } from './job-row.ts';

/** Jobs that a transaction has locked, and the moment it did, by the server's clock. */
export interface LockedJobs {
  readonly jobs: readonly StoredJob[];
  readonly now: number;
}

/** What a transaction makes of jobs it has locked. */
export interface JobChanges {
  readonly jobs: readonly StoredJob[];
  readonly counts: CountChanges;
  /** What those who listen are told once it commits; nothing when `null`. */
  readonly notice: string | null;
}

/** Loads jobs so that nobody else changes them, and saves what became of them: the way of all steps but the most frequent ones. */
export class JobSaver {
  readonly #byIds: string;
  readonly #held: string;
  readonly #save: string;

  constructor(database: PostgresDatabase, counts: JobCounts, channel: string) {
    const now = `${database.table('now_ms')}() AS now`;
    this.#byIds = `SELECT j.*, ${now} FROM unnest($1::text[]) WITH ORDINALITY AS given (id, place)
      JOIN ${database.table('jobs')} AS j ON j.id = given.id AND ${expectFew('given.place')}
      ORDER BY j.seq FOR UPDATE OF j`;
    this.#held = `SELECT j.*, ${now} FROM ${database.table('jobs')} AS j WHERE status = 'processing'`;
    this.#save = saveStatement(database, counts, channel);
  }

  /** The jobs with these ids. They are locked in an order that is the same everywhere. */
  async lock(transaction: PostgresTransaction, ids: readonly string[]): Promise<LockedJobs> {
    return toLocked(await transaction.query(this.#byIds, [ids], { isPrepared: true }));
  }

  /** The jobs that workers hold whose ids `lostWorkers`, a query, gives. Those that someone else has locked are passed over. */
  async lockHeldBy(
    transaction: PostgresTransaction,
    lostWorkers: string,
    values: readonly unknown[],
  ): Promise<LockedJobs> {
    return toLocked(
      await transaction.query(
        `${this.#held} AND worker_id IN (${lostWorkers}) ORDER BY seq FOR UPDATE SKIP LOCKED`,
        values,
      ),
    );
  }

  /** Writes jobs, counts and the notice in one statement, which must be the transaction's last. A job that waits again does so by when it is due. */
  async save(transaction: PostgresTransaction, { jobs, counts, notice }: JobChanges): Promise<void> {
    const values = jobs.map(changingValues);
    const names = Object.keys(CHANGING_COLUMNS) as (keyof typeof CHANGING_COLUMNS)[]; // its own keys
    const changes = counts.all;
    await transaction.query(
      this.#save,
      [
        jobs.map(({ id }) => id),
        ...names.map((name) => values.map((each) => each[name])),
        changes.map(({ queue }) => queue),
        changes.map(({ status }) => status),
        changes.map(({ n }) => n),
        notice,
      ],
      { isPrepared: true },
    );
  }
}

function saveStatement(database: PostgresDatabase, counts: JobCounts, channel: string): string {
  const columns = Object.entries(CHANGING_COLUMNS);
  const names = columns.map(([name]) => name);
  const arrays = columns.map(([, type], i) => `$${i + 2}::${type}[]`);
  const next = columns.length + 2;
  return `WITH input AS MATERIALIZED (
      SELECT * FROM unnest($1::text[], ${arrays.join(', ')}) AS given (id, ${names.join(', ')})
    ), saved AS (
      UPDATE ${database.table('jobs')} AS j SET ${names.map((name) => `${name} = input.${name}`).join(', ')}, order_at = NULL
      FROM input WHERE j.id = input.id AND ${expectFew('input.attempts')}
    ), counted AS (
      ${counts.addFrom(`unnest($${next}::text[], $${next + 1}::text[], $${next + 2}::bigint[]) AS changes (queue, status, n)`)}
    )
    SELECT CASE WHEN $${next + 3}::text IS NOT NULL THEN pg_notify(${quoteText(channel)}, $${next + 3}::text) END`;
}

function toLocked(rows: readonly (JobRow & { readonly now: number })[]): LockedJobs {
  return { jobs: rows.map(fromRow), now: rows[0]?.now ?? 0 };
}
