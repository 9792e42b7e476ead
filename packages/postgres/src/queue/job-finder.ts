import {
  JobStatus as AllStatuses,
  type JobFilters,
  type JobPage,
  type JobStatus,
  toQueueJob,
} from '@townkrier/queue';
import type { PostgresDatabase } from '../postgres-database.ts';
import type { JobCount, JobCounts } from './job-counts.ts';
import { fromRow, type JobRow } from './job-row.ts';
import { isStorable } from './storable-text.ts';

/** What `JobStore.find` is asked. */
export type JobSearch = Required<Pick<JobFilters, 'limit' | 'offset' | 'order'>> & JobFilters;

/** Where jobs are that the index has in order. */
type JobPlace = Pick<JobCount, 'queue' | 'status'>;

/** Milliseconds a page may take that has to look at every job. */
const FIND_TIMEOUT = 30_000;

/**
 * Pages of jobs in the order of creation. By queue and status they are read from the index, and counted by the counters: the cost grows with `offset`, not with
 * the number of jobs. By owner they are read and counted along the index of owners; by type, name or tag along all jobs.
 */
export class JobFinder {
  readonly #database: PostgresDatabase;
  readonly #counts: JobCounts;
  readonly #jobs: string;

  constructor(database: PostgresDatabase, counts: JobCounts) {
    this.#database = database;
    this.#counts = counts;
    this.#jobs = database.table('jobs');
  }

  async find(search: JobSearch): Promise<JobPage> {
    const { queue, type, name, tag, owner } = search;
    const texts = [queue, type, name, tag, owner].filter((text) => text !== undefined);
    if (!texts.every(isStorable)) return { jobs: [], total: 0 };
    const isByPlace = [type, name, tag, owner].every((text) => text === undefined);
    return isByPlace ? this.#findByPlace(search) : this.#findMatching(search);
  }

  async #findByPlace(search: JobSearch): Promise<JobPage> {
    const statuses = statusesOf(search);
    const counts = await this.#counts.all(search.queue);
    const total = counts.reduce((sum, { status, n }) => sum + (statuses.includes(status) ? n : 0), 0);
    const queues = [...new Set(counts.map(({ queue }) => queue))];
    // Also statuses that nothing had a moment ago: a job may have come to one since, and would be missing from the page.
    const places = queues.flatMap((queue) => statuses.map((status) => ({ queue, status })));
    return { jobs: places.length === 0 ? [] : await this.#merge(search, places), total };
  }

  /** The page out of several runs of the index, each of which is in order. */
  #merge({ order, limit, offset }: JobSearch, places: readonly JobPlace[]) {
    return this.#read(
      `SELECT j.* FROM (
        SELECT place.queue, place.status, head.seq FROM unnest($1::text[], $2::text[]) AS place (queue, status) CROSS JOIN LATERAL (
          SELECT seq FROM ${this.#jobs} AS j WHERE j.queue = place.queue AND j.status = place.status ORDER BY seq ${order} LIMIT $3
        ) AS head ORDER BY seq ${order} LIMIT $4 OFFSET $5
      ) AS page JOIN ${this.#jobs} AS j ON j.queue = page.queue AND j.status = page.status AND j.seq = page.seq
      ORDER BY j.seq ${order}`,
      [places.map(({ queue }) => queue), places.map(({ status }) => status), limit + offset, limit, offset],
    );
  }

  async #findMatching(search: JobSearch): Promise<JobPage> {
    const conditions = new Conditions()
      .addPlace(search)
      .addEqual('type', search.type)
      .addEqual('name', search.name)
      .addEqual('owner', search.owner)
      .addTag(search.tag);
    const [row] = await this.#database.query<{ readonly total: number }>(
      `SELECT count(*) AS total FROM ${this.#jobs} WHERE ${conditions.sql}`,
      conditions.values,
      { timeoutMs: FIND_TIMEOUT },
    );
    return { jobs: await this.#select(search, conditions), total: row?.total ?? 0 };
  }

  #select({ order, limit, offset }: JobSearch, conditions: Conditions) {
    const next = conditions.values.length + 1;
    return this.#read(
      `SELECT * FROM ${this.#jobs} WHERE ${conditions.sql} ORDER BY seq ${order} LIMIT $${next} OFFSET $${next + 1}`,
      [...conditions.values, limit, offset],
    );
  }

  async #read(sql: string, values: readonly unknown[]) {
    const rows = await this.#database.query<JobRow>(sql, values, { timeoutMs: FIND_TIMEOUT });
    return rows.map((row) => toQueueJob(fromRow(row)));
  }
}

/** What must hold for a job to be found, with the values in the order of their numbers. */
class Conditions {
  readonly values: unknown[] = [];
  readonly #parts: string[] = [];

  get sql(): string {
    return this.#parts.length === 0 ? 'TRUE' : this.#parts.join(' AND ');
  }

  addPlace({ queue, status }: JobSearch): this {
    this.addEqual('queue', queue);
    if (status !== undefined) this.#add(statusesOf({ status }), (value) => `status = ANY (${value}::text[])`);
    return this;
  }

  addEqual(column: string, text: string | undefined): this {
    if (text !== undefined) this.#add(text, (value) => `${column} = ${value}`);
    return this;
  }

  addTag(tag: string | undefined): this {
    if (tag === undefined) return this;
    this.#add(
      tag,
      (value) => `EXISTS (SELECT FROM json_array_elements_text(tags) AS tag WHERE tag = ${value})`,
    );
    return this;
  }

  #add(value: unknown, toSql: (value: string) => string): void {
    this.values.push(value);
    this.#parts.push(toSql(`$${this.values.length}`));
  }
}

function statusesOf({ status }: Pick<JobSearch, 'status'>): readonly JobStatus[] {
  if (status === undefined) return Object.values(AllStatuses);
  return typeof status === 'string' ? [status] : [...new Set(status)];
}
