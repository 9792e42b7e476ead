import {
  type JobToInsert,
  type QueueJob,
  toQueueJob,
  toStoredDeliveries,
  toStoredJob,
} from '@townkrier/queue';
import { type PostgresDatabase, type PostgresTransaction, quoteText } from '../postgres-database.ts';
import type { TimeLimit } from '../time-limit.ts';
import { FairTurns } from './fair-turns.ts';
import { type JobCounts, OWN_SLOT, TRANSACTION_SLOT } from './job-counts.ts';
import { fromRow, type JobRow, listToJson, toJson } from './job-row.ts';
import { checkStorable } from './storable-text.ts';

/** A job, and whether it was stored now. */
export interface InsertedJob {
  readonly job: QueueJob;
  readonly isNew: boolean;
}

/** Where jobs are inserted. */
export interface InsertTarget {
  /** What runs the statements: the pool, or a transaction of the app's. */
  readonly runner: PostgresTransaction;
  readonly isAppTransaction: boolean;
  /** What those who listen are told. */
  readonly notice: string;
}

/** The columns that a new job brings, with their types. */
const COLUMNS = {
  id: 'text',
  queue: 'text',
  type: 'text',
  name: 'text',
  priority: 'integer',
  max_retries: 'bigint',
  scheduled_for: 'bigint',
  timeout_ms: 'double precision',
  backoff: 'json',
  group_key: 'text',
  owner: 'text',
  idempotency_key: 'text',
  metadata: 'json',
  tags: 'json',
  payload: 'json',
  deliveries: 'json',
} as const;

/** The columns that only some jobs bring. A statement without them is a twentieth cheaper, and most jobs need none. */
const RARE_COLUMNS = {
  expires_at: 'bigint',
  aging_ms: 'bigint',
  is_fair: 'boolean',
  order_at: 'bigint',
  key_retention_ms: 'bigint',
  remove_after_ms: 'bigint',
} as const;

type Values<Columns> = Record<keyof Columns, readonly (string | number | boolean | null)[]>;

/** Part of an insert's time that it may wait for a lock. */
const LOCK_SHARE = 0.8;

/** Times that what is in a job's way may vanish before it is read. */
const MAX_VANISHED = 5;

/** How an insert runs. */
interface InsertRun {
  readonly target: InsertTarget;
  readonly jobs: readonly JobToInsert[];
  /** What became of each, by its place; complete at the end. */
  readonly done: Map<number, InsertedJob>;
  readonly limit: TimeLimit;
}

/** Stores new jobs: one statement for all of a call, which also counts them and tells those who listen; and one before it where some take turns. */
export class JobInserter {
  readonly #jobs: string;
  readonly #insertOwn: InsertStatements;
  readonly #insertInTransaction: InsertStatements;
  readonly #turns: FairTurns;

  constructor(database: PostgresDatabase, counts: JobCounts, channel: string) {
    this.#jobs = database.table('jobs');
    const parts = { database, counts, channel };
    this.#insertOwn = insertStatements({ ...parts, slot: OWN_SLOT });
    this.#insertInTransaction = insertStatements({ ...parts, slot: TRANSACTION_SLOT });
    this.#turns = new FairTurns(database);
  }

  /**
   * Stores the jobs, or finds the kept ones that have their keys or ids.
   *
   * @throws {QueueError} `QUEUE_JOB_INVALID` for a text that PostgreSQL cannot keep; nothing is stored then.
   */
  async insert(
    given: readonly JobToInsert[],
    target: InsertTarget,
    limit: TimeLimit,
  ): Promise<readonly InsertedJob[]> {
    for (const job of given) checkStorable(job);
    const run: InsertRun = { target, jobs: given.map(withWholeMoments), done: new Map(), limit };
    // One round is the rule. Another is for jobs of this very call that have an id or a key in common, and for a kept job that was deleted before it was read.
    for (let round = 0; run.done.size < given.length && round < given.length + MAX_VANISHED; round++) {
      const isComplete = await this.#insertSome(run, placesToInsert(run));
      if (!isComplete || run.done.size < given.length) await this.#findKept(run);
    }
    return given.map((job, i) => {
      const one = run.done.get(i);
      if (one !== undefined) return one;
      throw new Error(`What was in the way of job ${job.id} vanished ${MAX_VANISHED} times.`);
    });
  }

  /** How many of the jobs would be stored: those of which neither id nor key is kept, each once. */
  async countNew(
    jobs: readonly JobToInsert[],
    runner: PostgresTransaction,
    limit: TimeLimit,
  ): Promise<number> {
    const target = { runner, isAppTransaction: false, notice: '' };
    const run: InsertRun = { target, jobs, done: new Map(), limit };
    await this.#findKept(run);
    return placesToInsert(run).length;
  }

  /** @returns whether all of them were new. */
  async #insertSome({ target, jobs, done, limit }: InsertRun, places: readonly number[]): Promise<boolean> {
    const chosen = places.map((i) => jobs[i]).filter((job) => job !== undefined);
    const statements = target.isAppTransaction ? this.#insertInTransaction : this.#insertOwn;
    const hasRare = chosen.some(isRare);
    const rare = hasRare ? toRareColumns(chosen, await this.#turns.of(chosen, target.runner, limit)) : {};
    // Less than what the statement may take, so that waiting for a lock is told from a server that does not answer.
    const lockTimeout = target.isAppTransaction ? null : `${Math.ceil(limit.left * LOCK_SHARE)}ms`;
    const [row] = await target.runner.query<{ readonly now: number; readonly ids: readonly string[] | null }>(
      hasRare ? statements.ofAll : statements.ofPlain,
      [...Object.values(toColumns(chosen)), ...Object.values(rare), lockTimeout, target.notice],
      { timeoutMs: limit.left, isPrepared: true },
    );
    if (row === undefined) return false;
    for (const i of places) {
      const job = jobs[i];
      if (job === undefined || (row.ids !== null && !row.ids.includes(job.id))) continue;
      done.set(i, { job: toQueueJob(toStoredJob(job, row.now)), isNew: true });
    }
    return row.ids === null;
  }

  /** The job that has the key, else the one that has the id: one of them was in the way. */
  async #findKept({ target, jobs, done, limit }: InsertRun): Promise<void> {
    const missing = [...jobs.entries()].filter(([i]) => !done.has(i));
    const keys = missing.map(([, job]) => job.idempotencyKey).filter((key) => key !== null);
    const ids = missing.map(([, job]) => job.id);
    const rows = await target.runner.query<JobRow>(
      `SELECT * FROM ${this.#jobs} WHERE idempotency_key = ANY($1::text[]) OR id = ANY($2::text[])`,
      [keys, ids],
      { timeoutMs: limit.left },
    );
    const byKey = new Map(rows.map((row) => [row.idempotency_key, row]));
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const [i, { idempotencyKey, id }] of missing) {
      const row = (idempotencyKey === null ? undefined : byKey.get(idempotencyKey)) ?? byId.get(id);
      if (row !== undefined) done.set(i, { job: toQueueJob(fromRow(row)), isNew: false });
    }
  }
}

/** The places of the jobs that are missing, without those that have an id or a key in common with an earlier one of these. */
function placesToInsert({ jobs, done }: InsertRun): number[] {
  const ids = new Set<string>();
  const keys = new Set<string>();
  const places: number[] = [];
  for (const [i, { id, idempotencyKey }] of jobs.entries()) {
    if (done.has(i) || ids.has(id) || (idempotencyKey !== null && keys.has(idempotencyKey))) continue;
    ids.add(id);
    if (idempotencyKey !== null) keys.add(idempotencyKey);
    places.push(i);
  }
  return places;
}

interface StatementParts {
  readonly database: PostgresDatabase;
  readonly counts: JobCounts;
  readonly channel: string;
  readonly slot: string;
}

interface InsertStatements {
  /** For jobs of which none has a value for one of the {@link RARE_COLUMNS}. */
  readonly ofPlain: string;
  readonly ofAll: string;
}

function insertStatements(parts: StatementParts): InsertStatements {
  return {
    ofPlain: insertStatement(parts, COLUMNS),
    ofAll: insertStatement(parts, { ...COLUMNS, ...RARE_COLUMNS }),
  };
}

/**
 * The jobs get their numbers in the order they were given, but are written in the order of their keys: two calls that store the same keys at the same time
 * then wait for each other in one direction only.
 */
function insertStatement(
  { database, counts, channel, slot }: StatementParts,
  columns: Readonly<Record<string, string>>,
): string {
  const names = Object.keys(columns).join(', ');
  const types = Object.values(columns);
  const arrays = types.map((type, i) => `$${i + 1}::${type}[]`).join(', ');
  const [lockTimeout, notice] = [`$${types.length + 1}`, `$${types.length + 2}`];
  return `WITH input AS MATERIALIZED (
      SELECT nextval(${quoteText(database.table('jobs_seq_seq'))}::regclass) AS seq, given.*, ${database.table('now_ms')}() AS now,
        (SELECT set_config('lock_timeout', coalesce(${lockTimeout}::text, current_setting('lock_timeout')), true)) AS lock_timeout
      FROM unnest(${arrays}) AS given (${names})
    ), inserted AS (
      INSERT INTO ${database.table('jobs')} (seq, ${names}, status, due_at, created_at, updated_at)
      SELECT seq, ${names}, CASE WHEN scheduled_for > now THEN 'scheduled' ELSE 'pending' END, greatest(scheduled_for, now), now, now
      FROM input ORDER BY idempotency_key NULLS FIRST, seq
      ON CONFLICT DO NOTHING
      RETURNING id, queue, status
    ), counted AS (
      ${counts.addFrom('(SELECT queue, status, 1 AS n FROM inserted) AS added', slot)}
    )
    SELECT (SELECT max(now) FROM input) AS now,
      CASE WHEN (SELECT count(*) FROM inserted) < (SELECT count(*) FROM input) THEN (SELECT coalesce(json_agg(id), '[]') FROM inserted) END AS ids,
      CASE WHEN EXISTS (SELECT FROM inserted) THEN pg_notify(${quoteText(channel)}, ${notice}::text) END AS told`;
}

/** One array a column, in the order of {@link COLUMNS}. */
function toColumns(jobs: readonly JobToInsert[]): Values<typeof COLUMNS> {
  return {
    id: jobs.map((job) => job.id),
    queue: jobs.map((job) => job.queue),
    type: jobs.map((job) => job.type),
    name: jobs.map((job) => job.name),
    priority: jobs.map((job) => job.priority),
    max_retries: jobs.map((job) => job.maxRetries),
    scheduled_for: jobs.map((job) => job.scheduledFor),
    timeout_ms: jobs.map((job) => job.timeout),
    backoff: jobs.map((job) => JSON.stringify(job.backoff)),
    group_key: jobs.map((job) => job.groupKey),
    owner: jobs.map((job) => job.owner),
    idempotency_key: jobs.map((job) => job.idempotencyKey),
    metadata: jobs.map((job) => (Object.keys(job.metadata).length === 0 ? null : toJson(job.metadata))),
    tags: jobs.map((job) => listToJson(job.tags)),
    payload: jobs.map((job) => JSON.stringify(job.payload)),
    deliveries: jobs.map((job) => listToJson(toStoredDeliveries(job.deliveries))),
  };
}

function isRare({ expiresAt, agingMs, isFair, keyRetention, removeAfter }: JobToInsert): boolean {
  return expiresAt !== null || agingMs !== null || isFair || keyRetention !== null || removeAfter !== null;
}

/** One array a column, in the order of {@link RARE_COLUMNS}. */
function toRareColumns(
  jobs: readonly JobToInsert[],
  turns: readonly (number | null)[],
): Values<typeof RARE_COLUMNS> {
  return {
    expires_at: jobs.map((job) => job.expiresAt),
    aging_ms: jobs.map((job) => job.agingMs),
    is_fair: jobs.map((job) => job.isFair || null),
    order_at: turns,
    key_retention_ms: jobs.map((job) => job.keyRetention),
    remove_after_ms: jobs.map((job) => job.removeAfter),
  };
}

/** Columns of moments hold whole milliseconds; never a moment before the one asked for. */
function withWholeMoments(job: JobToInsert): JobToInsert {
  const [scheduledFor, expiresAt] = [toWhole(job.scheduledFor), toWhole(job.expiresAt)];
  return scheduledFor === job.scheduledFor && expiresAt === job.expiresAt
    ? job
    : { ...job, scheduledFor, expiresAt };
}

function toWhole(moment: number | null): number | null {
  return moment === null ? null : Math.ceil(moment);
}
