import type { DatabaseSync } from 'node:sqlite';
import {
  COUNTED_COLUMNS,
  type ColumnValue,
  type CountedRow,
  type DeleteWrite,
  fromLogRow,
  LOG_COLUMNS,
  type LogColumn,
  LogCountChanges,
  type LogWrite,
  type NotificationLog,
  reachedBy,
  type SaveWrite,
  StorageError,
  StorageErrorCode,
  type UpdateWrite,
} from '@townkrier/storage';
import { LogCounts } from './log-counts.ts';
import { StatementCache } from './statement-cache.ts';

/**
 * SQLite's result codes that are the fault of one statement and leave the transaction as it was: a text too large, a broken constraint, a value of the
 * wrong type, a wrong parameter.
 */
const OWN_FAULTS: ReadonlySet<number> = new Set([18, 19, 20, 25]);
const CONSTRAINT_UNIQUE = 2067;

const COUNTED = COUNTED_COLUMNS.join(', ');
const COLUMNS = [...LOG_COLUMNS.map(({ column }) => column), 'reached'];

/** A row as it is in the table. */
type LogRow = CountedRow & Readonly<Record<string, ColumnValue>>;

/** Writes rows and the counters with them. Everything here runs inside of a transaction. */
export class LogWriter {
  readonly #connection: DatabaseSync;
  readonly #counts: LogCounts;
  readonly #statements: StatementCache;
  readonly #insert;
  readonly #byId;
  readonly #deleteOldest;
  readonly #deleteOfRecipient;
  #changes = new LogCountChanges();

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
    this.#counts = new LogCounts(connection);
    this.#statements = new StatementCache(connection);
    this.#insert = connection.prepare(
      `INSERT INTO townkrier_logs (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`,
    );
    this.#byId = connection.prepare('SELECT * FROM townkrier_logs WHERE id = ?');
    this.#deleteOldest = connection.prepare(
      `DELETE FROM townkrier_logs WHERE seq IN (
         SELECT seq FROM townkrier_logs INDEXED BY townkrier_logs_created WHERE created_at < ? ORDER BY created_at, id LIMIT ?
       ) RETURNING ${COUNTED}`,
    );
    this.#deleteOfRecipient = connection.prepare(
      `DELETE FROM townkrier_logs WHERE seq IN (
         SELECT seq FROM townkrier_logs INDEXED BY townkrier_logs_recipient WHERE recipient_hash = ? LIMIT ?
       ) RETURNING ${COUNTED}`,
    );
  }

  /**
   * Does the writes of a group, in order. One that fails by its own fault is undone alone.
   * @returns What settles each of them, to be called once the transaction is committed.
   */
  write(group: readonly LogWrite[]): (() => void)[] {
    // A transaction that was undone leaves what it had gathered.
    this.#changes = new LogCountChanges();
    const settlements = group.map((write) => this.#attempt(write));
    this.#counts.write(this.#changes);
    return settlements;
  }

  #attempt(write: LogWrite): () => void {
    try {
      return this.#run(write);
    } catch (error) {
      if (!isOwnFault(error)) throw error;
      return () => write.reject(error instanceof StorageError ? error : toInvalid(error));
    }
  }

  #run(write: LogWrite): () => void {
    switch (write.kind) {
      case 'save':
        this.#save(write);
        return write.resolve;
      case 'update': {
        const log = this.#update(write);
        return () => write.resolve(log);
      }
      case 'delete': {
        const count = this.#delete(write);
        return () => write.resolve(count);
      }
    }
  }

  #save({ logs }: SaveWrite): void {
    const insert = (): void => {
      for (const { values, counted } of logs) this.#insertOne([...values, counted.reached]);
    };
    if (logs.length > 1) this.#allOrNone(insert);
    else insert();
    for (const { counted } of logs) this.#changes.add(counted);
  }

  #insertOne(values: readonly ColumnValue[]): void {
    try {
      this.#insert.run(...values);
    } catch (error) {
      throw toDuplicate(error);
    }
  }

  #update({ id, changes }: UpdateWrite): NotificationLog {
    const before: unknown = this.#byId.get(id);
    if (before === undefined) {
      const message = `There is no log with id ${JSON.stringify(id)}.`;
      throw new StorageError(StorageErrorCode.STORAGE_LOG_NOT_FOUND, message);
    }
    const row = asRow(before);
    if (changes.size === 0) return fromLogRow(row);
    const next = changedRow(row, changes);
    this.#set(id, [...changes.keys()], next);
    this.#changes.remove(row);
    this.#changes.add(next);
    return fromLogRow(next);
  }

  #set(id: string, changed: readonly LogColumn[], next: LogRow): void {
    const columns = [...changed.map(({ column }) => column), 'reached'];
    const assignments = columns.map((column) => `${column} = ?`).join(', ');
    const values = columns.map((column) => next[column] ?? null);
    try {
      this.#statements.prepare(`UPDATE townkrier_logs SET ${assignments} WHERE id = ?`).run(...values, id);
    } catch (error) {
      throw toDuplicate(error);
    }
  }

  #delete({ of, rows }: DeleteWrite): number {
    const deleted: unknown[] =
      'before' in of
        ? this.#deleteOldest.all(of.before, rows)
        : this.#deleteOfRecipient.all(of.recipientHash, rows);
    for (const row of deleted) this.#changes.remove(asCounted(row));
    return deleted.length;
  }

  #allOrNone(work: () => void): void {
    this.#connection.exec('SAVEPOINT townkrier_save');
    try {
      work();
    } catch (error) {
      if (isOwnFault(error)) this.#connection.exec('ROLLBACK TO townkrier_save; RELEASE townkrier_save');
      throw error;
    }
    this.#connection.exec('RELEASE townkrier_save');
  }
}

/** A row with changes laid over it. */
function changedRow(before: LogRow, changes: UpdateWrite['changes']): LogRow {
  const changed = [...changes].map(([{ column }, value]) => [column, value]);
  const row: LogRow = { ...before, ...Object.fromEntries(changed) };
  const { status, sent_at: sentAt, delivered_at: deliveredAt } = row;
  return {
    ...row,
    reached: reachedBy({ status, sentAt: sentAt ?? undefined, deliveredAt: deliveredAt ?? undefined }),
  };
}

function toDuplicate(error: unknown): unknown {
  if (codeOf(error) !== CONSTRAINT_UNIQUE) return error;
  const isKey = error instanceof Error && error.message.includes('idempotency_key');
  const message = `There is a log with this ${isKey ? 'idempotency key' : 'id'} already.`;
  return new StorageError(StorageErrorCode.STORAGE_DUPLICATE, message, { cause: error });
}

/** What is neither a duplicate nor the database's trouble is a value that does not fit its column. */
function toInvalid(error: unknown): StorageError {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `A row, or a change to one, cannot be stored as it is: ${reason}.`;
  return new StorageError(StorageErrorCode.STORAGE_LOG_INVALID, message, { cause: error });
}

/** Whether a failure is that of one write: ours, a value that cannot be bound, or one of {@link OWN_FAULTS}. */
function isOwnFault(error: unknown): boolean {
  const code = codeOf(error);
  return code === null || OWN_FAULTS.has(code & 0xff);
}

function codeOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode : null;
}

/** Only this package writes the table, so its rows are what they seem. */
function asRow(row: unknown): LogRow {
  return row as LogRow;
}

function asCounted(row: unknown): CountedRow {
  return row as CountedRow;
}
