import { realpathSync } from 'node:fs';
import { QueueError, QueueErrorCode } from '@townkrier/queue';
import type { ColumnValue } from './job-row.ts';

/** A statement, as `node:sqlite` and better-sqlite3 have it. */
interface Statement {
  run(...values: ColumnValue[]): { readonly changes: number | bigint };
  get(...values: ColumnValue[]): unknown;
  all(...values: ColumnValue[]): unknown[];
}

/** What is needed of a connection: `DatabaseSync` of `node:sqlite` has it, and `Database` of better-sqlite3, which an app may use itself. */
export interface SqliteHandle {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
}

/**
 * The app's connection, once it is sure that it has a transaction open on the file of the queue.
 * @throws {QueueError} `QUEUE_TRANSACTION_INVALID`.
 */
export function joinTransaction(handle: object, file: string): SqliteHandle {
  if (!isHandle(handle)) throw invalid('it has no exec and prepare');
  if (fileOf(handle) !== realpathSync(file)) throw invalid(`it is not open on ${file}, where the queue is`);
  if (!isInTransaction(handle)) throw invalid('no transaction is open on it; run BEGIN IMMEDIATE first');
  return handle;
}

function isHandle(handle: object): handle is SqliteHandle {
  return (
    'exec' in handle &&
    typeof handle.exec === 'function' &&
    'prepare' in handle &&
    typeof handle.prepare === 'function'
  );
}

function fileOf(handle: SqliteHandle): string | null {
  const row = handle.prepare("SELECT file FROM pragma_database_list WHERE name = 'main'").get();
  if (typeof row !== 'object' || row === null || !('file' in row)) return null;
  return typeof row.file === 'string' && row.file !== '' ? realpathSync(row.file) : null;
}

/** Asked of SQLite itself, because the property that tells it has another name in each client, and is new in Node.js. */
function isInTransaction(handle: SqliteHandle): boolean {
  try {
    handle.exec('BEGIN');
  } catch {
    return true; // "cannot start a transaction within a transaction"
  }
  handle.exec('ROLLBACK');
  return false;
}

function invalid(why: string): QueueError {
  return new QueueError(
    QueueErrorCode.QUEUE_TRANSACTION_INVALID,
    `transaction must be a connection of node:sqlite or better-sqlite3 with an open transaction on the file of the queue: ${why}.`,
  );
}
