import { applyPatch, type JobPatch, type JobUpdate, toStoredDeliveries } from '@townkrier/queue';
import { expectFew } from '../few-rows.ts';
import type { PostgresDatabase } from '../postgres-database.ts';
import { CountChanges } from './count-changes.ts';
import { isHeld, isHeldUnder } from './fence.ts';
import type { JobSaver } from './job-saver.ts';

/** Lines of `logs` a job keeps. */
const MAX_LOG_LINES = 100;

/** Writes what running jobs report about themselves. */
export class JobPatcher {
  readonly #database: PostgresDatabase;
  readonly #saver: JobSaver;
  readonly #patch: string;
  readonly #patchWithLog: string;
  readonly #patchMany: string;

  constructor(database: PostgresDatabase, saver: JobSaver) {
    this.#database = database;
    this.#saver = saver;
    this.#patch = patchStatement(database, '');
    this.#patchWithLog = patchStatement(database, `, logs = ${appendedLogs('$6::bigint', '$7::json')}`);
    this.#patchMany = patchManyStatement(database);
  }

  /** @returns whether the fence still held; nothing is changed otherwise. */
  async patch({ fence: { jobId, claim, workerId }, patch }: JobUpdate): Promise<boolean> {
    const { log } = patch;
    const values = [jobId, claim, workerId, progressOf(patch), deliveriesOf(patch)];
    const rows = await this.#database.query(
      log === undefined ? this.#patch : this.#patchWithLog,
      log === undefined ? values : [...values, log.at.getTime(), JSON.stringify(log.message)],
      { isPrepared: true },
    );
    return rows.length > 0;
  }

  /** Several in one commit: in one statement, unless they hold a log line or two of them are about one job. */
  async patchMany(updates: readonly JobUpdate[]): Promise<readonly boolean[]> {
    const [first] = updates;
    if (first !== undefined && updates.length === 1) return [await this.patch(first)];
    const jobIds = new Set(updates.map(({ fence }) => fence.jobId));
    if (jobIds.size === updates.length && updates.every(({ patch }) => patch.log === undefined)) {
      return this.#patchAtOnce(updates);
    }
    return this.#database.transaction(async (transaction) => {
      const { jobs, now } = await this.#saver.lock(transaction, [...jobIds]);
      const byId = new Map(jobs.map((job) => [job.id, job]));
      const held = updates.map(({ fence, patch }) => {
        const job = byId.get(fence.jobId);
        if (job === undefined || !isHeld(job, fence)) return false;
        applyPatch(job, patch, now);
        return true;
      });
      await this.#saver.save(transaction, { jobs, counts: new CountChanges(), notice: null });
      return held;
    });
  }

  async #patchAtOnce(updates: readonly JobUpdate[]): Promise<readonly boolean[]> {
    const rows = await this.#database.query<{ readonly id: string }>(
      this.#patchMany,
      [
        updates.map(({ fence }) => fence.jobId),
        updates.map(({ fence }) => fence.claim),
        updates.map(({ fence }) => fence.workerId),
        updates.map(({ patch }) => progressOf(patch)),
        updates.map(({ patch }) => deliveriesOf(patch)),
      ],
      { isPrepared: true },
    );
    const held = new Set(rows.map(({ id }) => id));
    return updates.map(({ fence }) => held.has(fence.jobId));
  }
}

function progressOf({ progress }: JobPatch): string | null {
  return progress === undefined ? null : JSON.stringify(progress);
}

function deliveriesOf({ deliveries }: JobPatch): string | null {
  return deliveries === undefined ? null : JSON.stringify(toStoredDeliveries(deliveries));
}

function patchStatement(database: PostgresDatabase, more: string): string {
  return `UPDATE ${database.table('jobs')} AS j SET updated_at = ${database.table('now_ms')}(),
      progress = coalesce($4::json, progress), deliveries = coalesce($5::json, deliveries)${more}
    WHERE id = $1 AND ${isHeldUnder('j', { claim: '$2', workerId: '$3' })}
    RETURNING 1`;
}

function patchManyStatement(database: PostgresDatabase): string {
  return `UPDATE ${database.table('jobs')} AS j SET updated_at = ${database.table('now_ms')}(),
      progress = coalesce(given.progress, j.progress), deliveries = coalesce(given.deliveries, j.deliveries)
    FROM unnest($1::text[], $2::integer[], $3::text[], $4::json[], $5::json[]) AS given (id, claim, worker_id, progress, deliveries)
    WHERE j.id = given.id AND ${expectFew('given.claim')} AND ${isHeldUnder('j', { claim: 'given.claim', workerId: 'given.worker_id' })}
    RETURNING j.id`;
}

/** The newest lines with one more. The server adds it, so that nothing has to be read first. */
function appendedLogs(at: string, message: string): string {
  return `(SELECT json_agg(line ORDER BY place) FROM (
      SELECT line, place FROM json_array_elements(coalesce(logs, '[]')) WITH ORDINALITY AS old (line, place)
      WHERE place > json_array_length(coalesce(logs, '[]')) - ${MAX_LOG_LINES - 1}
      UNION ALL
      SELECT json_build_object('at', ${at}, 'attempt', attempts, 'message', ${message}), 9223372036854775807
    ) AS lines)`;
}
