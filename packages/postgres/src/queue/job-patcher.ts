import { type JobFence, type JobPatch, toStoredDeliveries } from '@townkrier/queue';
import type { PostgresDatabase } from '../postgres-database.ts';
import { isHeldUnder } from './fence-condition.ts';
import { toJson } from './job-row.ts';

/** Lines of `logs` a job keeps. */
const MAX_LOG_LINES = 100;

/** Writes what a running job reports about itself, each report in one statement. */
export class JobPatcher {
  readonly #database: PostgresDatabase;
  readonly #patch: string;
  readonly #patchWithLog: string;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#patch = patchStatement(database, '');
    this.#patchWithLog = patchStatement(database, `, logs = ${appendedLogs('$6::bigint', '$7::json')}`);
  }

  /** @returns whether the fence still held; nothing is changed otherwise. */
  async patch(
    { jobId, claim, workerId }: JobFence,
    { progress, deliveries, log }: JobPatch,
  ): Promise<boolean> {
    const values = [
      jobId,
      claim,
      workerId,
      progress === undefined ? null : toJson(progress),
      deliveries === undefined ? null : JSON.stringify(toStoredDeliveries(deliveries)),
    ];
    const rows = await this.#database.query(
      log === undefined ? this.#patch : this.#patchWithLog,
      log === undefined ? values : [...values, log.at.getTime(), JSON.stringify(log.message)],
      { isPrepared: true },
    );
    return rows.length > 0;
  }
}

function patchStatement(database: PostgresDatabase, more: string): string {
  return `UPDATE ${database.table('jobs')} AS j SET updated_at = ${database.table('now_ms')}(),
      progress = coalesce($4::json, progress), deliveries = coalesce($5::json, deliveries)${more}
    WHERE id = $1 AND ${isHeldUnder('j', { claim: '$2', workerId: '$3' })}
    RETURNING 1`;
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
