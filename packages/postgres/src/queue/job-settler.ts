import {
  applySettlement,
  type ClaimedJob,
  type ClaimRequest,
  type JobFence,
  noteLate,
  type Settlement,
  type SettleResult,
  type StoredJob,
  toStoredDeliveries,
} from '@townkrier/queue';
import type { PostgresDatabase, PostgresTransaction } from '../postgres-database.ts';
import { COMPLETED_IDS, claimSteps, clockStep, completionSteps } from './claim-steps.ts';
import { CountChanges } from './count-changes.ts';
import { isHeld } from './fence.ts';
import { type JobClaimer, toClaimed } from './job-claimer.ts';
import type { JobCounts } from './job-counts.ts';
import { type ClaimedRow, toJson } from './job-row.ts';
import type { JobSaver } from './job-saver.ts';
import { SelectiveStatement } from './queue-selection.ts';

type Completion = Extract<Settlement, { to: 'completed' }>;

/** Ends claims. */
export class JobSettler {
  readonly #database: PostgresDatabase;
  readonly #saver: JobSaver;
  readonly #claimer: JobClaimer;
  readonly #complete: string;
  readonly #completeAndClaim: SelectiveStatement;
  /** Claims of settlements whose answer was lost: they are sent again, and may have been stored the first time. */
  readonly #unheard = new Set<string>();

  constructor(
    database: PostgresDatabase,
    counts: JobCounts,
    parts: { readonly saver: JobSaver; readonly claimer: JobClaimer },
  ) {
    this.#database = database;
    this.#saver = parts.saver;
    this.#claimer = parts.claimer;
    this.#complete = completeStatement(database, counts);
    this.#completeAndClaim = new SelectiveStatement(counts, '$9', (queues) =>
      completeAndClaimStatement(database, counts, queues),
    );
  }

  /**
   * Ends claims, in order. Jobs that were all completed, as most are, take one statement; others are loaded, changed and saved in a transaction.
   *
   * @param notice - What those who listen are told when a job waits again.
   */
  async settle(settlements: readonly Settlement[], notice: string): Promise<readonly SettleResult[]> {
    return this.#remembering(settlements, () => this.#settleAll(settlements, notice));
  }

  /** Both in one statement where all jobs were completed. A claim that fails after the settlements were stored gives nothing; the worker tries again. */
  async settleAndClaim(
    settlements: readonly Settlement[],
    request: ClaimRequest,
    notice: string,
  ): Promise<{ readonly results: readonly SettleResult[]; readonly claimed: readonly ClaimedJob[] }> {
    const completions = firstCompletions(settlements);
    if (completions.length === settlements.length && !this.#claimer.unheard.mustLook(request.workerId)) {
      return this.#remembering(settlements, () => this.#completeAllAndClaim(completions, request, notice));
    }
    const results = await this.settle(settlements, notice);
    const claimed = await this.#claimer.claim(request).catch(() => []);
    return { results, claimed };
  }

  /** Keeps in mind that the outcome of settlements is unknown, until they are sent again. */
  async #remembering<T>(settlements: readonly Settlement[], settle: () => Promise<T>): Promise<T> {
    try {
      const answer = await settle();
      if (this.#unheard.size > 0) for (const each of settlements) this.#unheard.delete(nameOf(each));
      return answer;
    } catch (error) {
      for (const each of settlements) this.#unheard.add(nameOf(each));
      throw error;
    }
  }

  async #settleAll(settlements: readonly Settlement[], notice: string): Promise<readonly SettleResult[]> {
    const completions = firstCompletions(settlements);
    if (completions.length === settlements.length) {
      return this.#refuseRest(settlements, await this.#completeAll(this.#database, completions), notice);
    }
    return this.#database.transaction(async (transaction) =>
      this.#settleOthers(transaction, settlements, await this.#completeAll(transaction, completions), notice),
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
      toValues(completions),
      { isPrepared: true },
    );
    return storedOf(completions, row?.ids ?? null);
  }

  async #completeAllAndClaim(completions: readonly Completion[], request: ClaimRequest, notice: string) {
    const { workerId, limit } = request;
    const { sql, names } = this.#completeAndClaim.for(request);
    return this.#claimer.unheard.watch(workerId, async (call) => {
      const rows = await this.#database.query<ClaimedRow & { readonly ids: readonly string[] | null }>(
        sql,
        [...toValues(completions), workerId, limit, call, names],
        { isPrepared: true },
      );
      const stored = storedOf(completions, rows[0]?.ids ?? null);
      const results = await this.#refuseRest(completions, stored, notice);
      return {
        results,
        claimed: toClaimed(
          rows.filter(({ id }) => id !== null),
          workerId,
        ),
      };
    });
  }

  /** What became of settlements of which some were stored already. */
  async #refuseRest(
    settlements: readonly Settlement[],
    stored: ReadonlySet<Settlement>,
    notice: string,
  ): Promise<readonly SettleResult[]> {
    if (stored.size === settlements.length) return settlements.map(() => 'stored');
    return this.#database.transaction((transaction) =>
      this.#settleOthers(transaction, settlements, stored, notice),
    );
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

const COMPLETION = { ids: '$1', claims: '$2', workerIds: '$3', results: '$4', deliveries: '$5' };

function toValues(completions: readonly Completion[]): unknown[] {
  return [
    completions.map(({ jobId }) => jobId),
    completions.map(({ claim }) => claim),
    completions.map(({ workerId }) => workerId),
    completions.map(({ result }) => toJson(result)),
    completions.map(({ deliveries }) => deliveries && JSON.stringify(toStoredDeliveries(deliveries))),
  ];
}

/** Those that were stored, by the ids that the statement gave: `null` stands for all. */
function storedOf(
  completions: readonly Completion[],
  ids: readonly string[] | null,
): ReadonlySet<Settlement> {
  return new Set(ids === null ? completions : completions.filter(({ jobId }) => ids.includes(jobId)));
}

function completeStatement(database: PostgresDatabase, counts: JobCounts): string {
  const { sql, changes } = completionSteps(database, COMPLETION);
  return `WITH ${clockStep(database)}, ${sql}, counted AS (${counts.addFromAll(changes)}) SELECT ${COMPLETED_IDS} AS ids`;
}

/** Gives a row for each claimed job, or a single one without a job. */
function completeAndClaimStatement(database: PostgresDatabase, counts: JobCounts, queues: string): string {
  const ends = completionSteps(database, COMPLETION);
  const claim = claimSteps(database, { workerId: '$6', limit: '$7', call: '$8', queues });
  return `WITH ${clockStep(database)}, ${ends.sql}, ${claim.sql}, counted AS (
      ${counts.addFromAll([...ends.changes, ...claim.changes])}
    ) SELECT claimed.*, answer.ids FROM (SELECT ${COMPLETED_IDS} AS ids) AS answer LEFT JOIN claimed ON TRUE`;
}
