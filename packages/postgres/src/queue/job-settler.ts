import {
  applySettlement,
  type JobFence,
  noteLate,
  type Settlement,
  type SettleResult,
  type StoredJob,
  toStoredDeliveries,
} from '@townkrier/queue';
import type { PostgresDatabase, PostgresTransaction } from '../postgres-database.ts';
import { CountChanges } from './count-changes.ts';
import type { JobCounts } from './job-counts.ts';
import { toJson } from './job-row.ts';
import type { JobSaver } from './job-saver.ts';

type Completion = Extract<Settlement, { to: 'completed' }>;

/** Ends claims. */
export class JobSettler {
  readonly #database: PostgresDatabase;
  readonly #saver: JobSaver;
  readonly #complete: string;
  /** Claims of settlements whose answer was lost: they are sent again, and may have been stored the first time. */
  readonly #unheard = new Set<string>();

  constructor(database: PostgresDatabase, counts: JobCounts, saver: JobSaver) {
    this.#database = database;
    this.#saver = saver;
    this.#complete = completeStatement(database, counts);
  }

  /**
   * Ends claims, in order. Jobs that were all completed, as most are, take one statement; others are loaded, changed and saved in a transaction.
   *
   * @param notice - What those who listen are told when a job waits again.
   */
  async settle(settlements: readonly Settlement[], notice: string): Promise<readonly SettleResult[]> {
    try {
      const results = await this.#settleAll(settlements, notice);
      if (this.#unheard.size > 0) for (const each of settlements) this.#unheard.delete(nameOf(each));
      return results;
    } catch (error) {
      for (const each of settlements) this.#unheard.add(nameOf(each));
      throw error;
    }
  }

  async #settleAll(settlements: readonly Settlement[], notice: string): Promise<readonly SettleResult[]> {
    const completions = firstCompletions(settlements);
    if (completions.length < settlements.length) {
      return this.#database.transaction(async (transaction) =>
        this.#settleOthers(
          transaction,
          settlements,
          await this.#completeAll(transaction, completions),
          notice,
        ),
      );
    }
    const completed = await this.#completeAll(this.#database, completions);
    if (completed.size === settlements.length) return settlements.map(() => 'stored');
    return this.#database.transaction((transaction) =>
      this.#settleOthers(transaction, settlements, completed, notice),
    );
  }

  /** @returns those whose claim held, which are stored. */
  async #completeAll(
    runner: PostgresTransaction,
    completions: readonly Completion[],
  ): Promise<ReadonlySet<Settlement>> {
    if (completions.length === 0) return new Set();
    const [row] = await runner.query<{ readonly ids: readonly string[] | null }>(
      this.#complete,
      [
        completions.map(({ jobId }) => jobId),
        completions.map(({ claim }) => claim),
        completions.map(({ workerId }) => workerId),
        completions.map(({ result }) => toJson(result)),
        completions.map(({ deliveries }) => deliveries && JSON.stringify(toStoredDeliveries(deliveries))),
      ],
      { isPrepared: true },
    );
    const ids = row?.ids;
    return new Set(ids === null ? completions : completions.filter(({ jobId }) => ids?.includes(jobId)));
  }

  /** Loads, changes and saves the jobs of the settlements that are not in `stored`. */
  async #settleOthers(
    transaction: PostgresTransaction,
    settlements: readonly Settlement[],
    stored: ReadonlySet<Settlement>,
    notice: string,
  ): Promise<readonly SettleResult[]> {
    const others = settlements.filter((settlement) => !stored.has(settlement));
    const { jobs, now } = await this.#saver.lock(transaction, [...new Set(others.map(({ jobId }) => jobId))]);
    const byId = new Map(jobs.map((job) => [job.id, job]));
    const changed = new Set<StoredJob>();
    const counts = new CountChanges();
    const results = settlements.map((settlement): SettleResult => {
      if (stored.has(settlement)) return 'stored';
      const job = byId.get(settlement.jobId);
      if (job === undefined) return 'stale';
      if (isHeld(job, settlement)) {
        applySettlement(job, settlement, now);
        changed.add(job);
        counts.move(job.queue, 'processing', job.status);
        return 'stored';
      }
      if (this.#unheard.has(nameOf(settlement)) && isStored(job, settlement)) return 'stored';
      if (noteLate(job, settlement.claim, now)) changed.add(job);
      return 'stale';
    });
    if (changed.size > 0) {
      const waits = [...changed].some(({ status }) => status === 'pending' || status === 'retrying');
      await this.#saver.save(transaction, { jobs: [...changed], counts, notice: waits ? notice : null });
    }
    return results;
  }
}

/** Those completions that are the first word about their job; a later one must find what the first made of it. */
function firstCompletions(settlements: readonly Settlement[]): Completion[] {
  const seen = new Set<string>();
  const completions: Completion[] = [];
  for (const settlement of settlements) {
    if (settlement.to === 'completed' && !seen.has(settlement.jobId)) completions.push(settlement);
    seen.add(settlement.jobId);
  }
  return completions;
}

function isHeld(job: StoredJob, { claim, workerId }: JobFence): boolean {
  return job.status === 'processing' && job.claims === claim && job.workerId === workerId;
}

/** Whether a job shows just what this settlement would have made of it. */
function isStored(job: StoredJob, { to, claim, workerId, attempt }: Settlement): boolean {
  if (to === 'completed') {
    return job.status === 'completed' && job.claims === claim && job.workerId === workerId;
  }
  return job.attemptLog.some(
    (entry) => entry.claim === claim && entry.workerId === workerId && entry.outcome === attempt.outcome,
  );
}

function nameOf({ jobId, claim, workerId }: JobFence): string {
  return `${claim} ${workerId} ${jobId}`;
}

/** One statement for the common end. `deliveries` are left as they are where none are given. */
function completeStatement(database: PostgresDatabase, counts: JobCounts): string {
  return `WITH clock AS MATERIALIZED (
      SELECT ${database.table('now_ms')}() AS now
    ), input AS MATERIALIZED (
      SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::json[], $5::json[]) AS given (id, claim, worker_id, result, deliveries)
    ), completed AS (
      UPDATE ${database.table('jobs')} AS j SET status = 'completed', result = input.result, error = NULL,
        deliveries = coalesce(input.deliveries, j.deliveries), completed_at = (SELECT now FROM clock), updated_at = (SELECT now FROM clock)
      FROM input
      WHERE j.id = input.id AND j.claims = input.claim AND j.worker_id = input.worker_id AND j.status = 'processing'
      RETURNING j.id, j.queue
    ), counted AS (
      ${counts.addFrom(
        `(SELECT queue, 'processing' AS status, -1 AS n FROM completed UNION ALL SELECT queue, 'completed', 1 FROM completed) AS moved`,
      )}
    )
    SELECT CASE WHEN (SELECT count(*) FROM completed) < (SELECT count(*) FROM input)
      THEN (SELECT coalesce(json_agg(id), '[]') FROM completed) END AS ids`;
}
