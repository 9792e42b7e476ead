import type { JobFilters, JobPage, JobStatus } from '@townkrier/queue';
import { JobStatus as AllStatuses, toQueueJob } from '@townkrier/queue';
import type { SqliteDatabase } from '../sqlite-database.ts';
import type { JobCounts } from './job-counts.ts';
import { type ColumnValue, fromRow, type JobRow } from './job-row.ts';

/** What `JobStore.find` is asked. */
export type JobSearch = Required<Pick<JobFilters, 'limit' | 'offset' | 'order'>> & JobFilters;

/** Queue and status pairs that one statement merges; with more, the jobs are walked in the order of creation instead. */
const MOST_MERGED = 50;

/** What lets SQLite use one of the two indexes that know the status; it does not conclude that from a parameter. Keyed by whether jobs that run are meant. */
const INDEXED: Readonly<Record<string, string>> = {
  true: "status = 'processing'",
  false: "status <> 'processing'",
};

interface Condition {
  readonly sql: string;
  readonly values: readonly ColumnValue[];
}

/**
 * Pages of jobs in the order of creation. By queue and status they are read from the index, and counted by the counters: the cost grows with `offset`, not with the number of
 * jobs. By owner they are read and counted along the index of owners; by type, name or tag along all jobs.
 */
export class JobFinder {
  readonly #database: SqliteDatabase;
  readonly #counts: JobCounts;

  constructor(database: SqliteDatabase, counts: JobCounts) {
    this.#database = database;
    this.#counts = counts;
  }

  find(search: JobSearch): JobPage {
    return this.#database.read(() => {
      const others = otherConditions(search);
      return others.length > 0 ? this.#findMatching(search, others) : this.#findByPlace(search);
    });
  }

  #findByPlace(search: JobSearch): JobPage {
    const statuses = statusesOf(search);
    const counts = this.#counts
      .all()
      .filter(({ queue, status }) => queue === (search.queue ?? queue) && statuses.includes(status));
    const total = counts.reduce((sum, { n }) => sum + n, 0);
    const isEverything = search.queue === undefined && statuses.length === Object.keys(AllStatuses).length;
    if (isEverything || counts.length > MOST_MERGED) {
      return { jobs: this.#select(search, placeConditions(search)), total };
    }
    return { jobs: this.#merge(search, counts), total };
  }

  /** The page out of several runs of the index, each of which is in order. */
  #merge(
    { order, limit, offset }: JobSearch,
    places: readonly { readonly queue: string; readonly status: JobStatus }[],
  ) {
    if (places.length === 0) return [];
    const runs = places.map(
      ({ status }) => `SELECT * FROM (
        SELECT seq FROM townkrier_jobs WHERE queue = ? AND status = ? AND ${INDEXED[String(status === 'processing')]} ORDER BY seq ${order} LIMIT ?
      )`,
    );
    const merged = runs.join(' UNION ALL ');
    const sql = `SELECT * FROM townkrier_jobs WHERE seq IN (SELECT seq FROM (${merged}) ORDER BY seq ${order} LIMIT ? OFFSET ?) ORDER BY seq ${order}`;
    const values = places.flatMap(({ queue, status }) => [queue, status, limit + offset]);
    return this.#read(sql, [...values, limit, offset]);
  }

  #findMatching(search: JobSearch, others: readonly Condition[]): JobPage {
    const conditions = [...others, ...placeConditions(search)];
    const values = conditions.flatMap((condition) => condition.values);
    const row = this.#database.connection
      .prepare(`SELECT count(*) AS total FROM townkrier_jobs WHERE ${allOf(conditions)}`)
      .get(...values);
    return { jobs: this.#select(search, conditions), total: Number(row?.['total'] ?? 0) };
  }

  #select({ order, limit, offset }: JobSearch, conditions: readonly Condition[]) {
    const sql = `SELECT * FROM townkrier_jobs WHERE ${allOf(conditions)} ORDER BY seq ${order} LIMIT ? OFFSET ?`;
    return this.#read(sql, [...conditions.flatMap(({ values }) => values), limit, offset]);
  }

  #read(sql: string, values: readonly ColumnValue[]) {
    const rows: unknown[] = this.#database.connection.prepare(sql).all(...values);
    return (rows as JobRow[]).map((row) => toQueueJob(fromRow(row)));
  }
}

function statusesOf({ status }: JobSearch): readonly JobStatus[] {
  if (status === undefined) return Object.values(AllStatuses);
  return typeof status === 'string' ? [status] : [...new Set(status)];
}

function placeConditions(search: JobSearch): Condition[] {
  const statuses = search.status === undefined ? [] : statusesOf(search);
  return [
    ...equal('queue', search.queue),
    ...(search.status === undefined
      ? []
      : [{ sql: `status IN (${statuses.map(() => '?').join(', ')})`, values: statuses }]),
  ];
}

function otherConditions({ type, name, tag, owner }: JobSearch): Condition[] {
  return [
    ...equal('type', type),
    ...equal('name', name),
    ...equal('owner', owner),
    ...(tag === undefined
      ? []
      : [{ sql: 'EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)', values: [tag] }]),
  ];
}

function equal(column: string, value: string | undefined): Condition[] {
  return value === undefined ? [] : [{ sql: `${column} = ?`, values: [value] }];
}

function allOf(conditions: readonly Condition[]): string {
  return conditions.length === 0 ? 'TRUE' : conditions.map(({ sql }) => sql).join(' AND ');
}
