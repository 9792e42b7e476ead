import {
  COUNTED_COLUMNS,
  type DeletedLogs,
  type DeleteWrite,
  fromLogRow,
  type LogWrite,
  StorageError,
  StorageErrorCode,
  type UpdateWrite,
} from '@townkrier/storage';
import type { PostgresDatabase } from '../postgres-database.ts';
import { PostgresError } from '../postgres-errors.ts';
import type { LogCounts } from './log-counts.ts';
import { WriteStatements, type WriteStep } from './write-statement.ts';
import { toSteps } from './write-steps.ts';

const UNIQUE_VIOLATION = '23505';
/** Classes of SQLSTATEs that are the fault of what was to be written: data exceptions, broken constraints, a limit of the server. */
const OWN_FAULTS = ['22', '23', '54'];

/** Writes rows and the counters with them: each statement is a transaction of its own, and does as many writes as it can. */
export class LogWriter {
  readonly #database: PostgresDatabase;
  readonly #counts: LogCounts;
  readonly #statements: WriteStatements;
  readonly #deleteOldest: string;
  readonly #deleteOfRecipient: string;

  constructor(database: PostgresDatabase, counts: LogCounts) {
    this.#database = database;
    this.#counts = counts;
    this.#statements = new WriteStatements(database, counts);
    const logs = database.table('logs');
    const remove = (
      wanted: string,
    ): string => `WITH wanted AS (SELECT seq FROM ${logs} WHERE ${wanted} LIMIT $2 FOR UPDATE),
      deleted AS (DELETE FROM ${logs} WHERE seq = ANY (ARRAY (SELECT seq FROM wanted)) RETURNING ${COUNTED_COLUMNS.join(', ')}),
      counted AS (${counts.addFrom([`SELECT ${COUNTED_COLUMNS.join(', ')}, -1 FROM deleted`])})
      SELECT count(*) AS count FROM deleted`;
    this.#deleteOldest = remove('created_at < $1 ORDER BY created_at, id');
    this.#deleteOfRecipient = remove('recipient_hash = $1 ORDER BY created_at, id');
  }

  /** Does the writes of a group and settles each of them. Throws when the database does not answer; what was not settled by then may have been done. */
  async write(group: readonly LogWrite[]): Promise<void> {
    for (const step of toSteps(group)) {
      if ('kind' in step) await this.#delete(step);
      else await this.#write(step);
    }
  }

  /** One statement for all; if something in it is at fault, one for each. */
  async #write(step: WriteStep): Promise<void> {
    try {
      await this.#run(step);
    } catch (error) {
      if (!isOwnFault(error)) throw error;
      const [only, ...others] = [...step.saves, ...step.updates];
      if (only !== undefined && others.length === 0) {
        only.reject(toFault(error));
        return;
      }
      for (const save of step.saves) await this.#write({ saves: [save], updates: [] });
      for (const update of step.updates) await this.#write({ saves: [], updates: [update] });
    }
  }

  async #run(step: WriteStep): Promise<void> {
    const { text, values } = this.#statements.of(step);
    const rows = await this.#database.query<object>(text, values, { isPrepared: true });
    const changed = new Map(rows.map((row) => [Reflect.get(row, 'id'), row]));
    for (const { resolve } of step.saves) resolve();
    for (const update of step.updates) settleUpdate(update, changed.get(update.id));
  }

  async #delete({ of, rows, resolve }: DeleteWrite): Promise<void> {
    const [row] = await this.#database.query<{ readonly count: number }>(...this.#deletion(of, rows));
    const count = row?.count ?? 0;
    if ('before' in of && count < rows) await this.#counts.prune(of.before);
    resolve(count);
  }

  #deletion(of: DeletedLogs, rows: number): [text: string, values: unknown[]] {
    return 'before' in of
      ? [this.#deleteOldest, [of.before, rows]]
      : [this.#deleteOfRecipient, [of.recipientHash, rows]];
  }
}

function settleUpdate({ id, resolve, reject }: UpdateWrite, row: object | undefined): void {
  if (row !== undefined) {
    resolve(fromLogRow(row));
    return;
  }
  const message = `There is no log with id ${JSON.stringify(id)}.`;
  reject(new StorageError(StorageErrorCode.STORAGE_LOG_NOT_FOUND, message));
}

function isOwnFault(error: unknown): error is PostgresError {
  const { sqlState } = PostgresError.is(error) ? error : { sqlState: undefined };
  return sqlState !== undefined && OWN_FAULTS.some((state) => sqlState.startsWith(state));
}

function toFault(error: PostgresError): StorageError {
  if (error.sqlState !== UNIQUE_VIOLATION) {
    const message = `A row, or a change to one, cannot be stored as it is: ${error.message}`;
    return new StorageError(StorageErrorCode.STORAGE_LOG_INVALID, message, { cause: error });
  }
  const isKey = error.message.includes('logs_idempotency_key');
  const message = `There is a log with this ${isKey ? 'idempotency key' : 'id'} already.`;
  return new StorageError(StorageErrorCode.STORAGE_DUPLICATE, message, { cause: error });
}
