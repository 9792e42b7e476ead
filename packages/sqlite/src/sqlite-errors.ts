import { TownKrierError } from '@townkrier/core';

/** The codes that `@townkrier/sqlite` throws besides those of queue and storage. `docs/reference/errors.md` says what each means and what to do. */
export const SqliteErrorCode = {
  /** This Node.js has no `node:sqlite`. */
  SQLITE_MISSING: 'SQLITE_MISSING',
  /** The file cannot be opened as a database. */
  SQLITE_CANNOT_OPEN: 'SQLITE_CANNOT_OPEN',
  /** The file was written by a newer version of the package. */
  SQLITE_SCHEMA_TOO_NEW: 'SQLITE_SCHEMA_TOO_NEW',
  /** Another connection held the file for longer than `busyTimeout`. */
  SQLITE_BUSY: 'SQLITE_BUSY',
  /** The disk is full, or the file has reached its limit. */
  SQLITE_FULL: 'SQLITE_FULL',
  /** What is in the file is not a sound database. */
  SQLITE_CORRUPT: 'SQLITE_CORRUPT',
  /** SQLite failed in another way; see `cause`. */
  SQLITE_FAILED: 'SQLITE_FAILED',
} as const;
export type SqliteErrorCode = (typeof SqliteErrorCode)[keyof typeof SqliteErrorCode];

/** What the SQLite backend throws when the database itself is the trouble. Compare `code`. */
export class SqliteError extends TownKrierError {
  constructor(code: SqliteErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? { code } : { code, cause });
  }
}

/** SQLite's own result codes (sqlite.org/rescode.html): the low byte of what `node:sqlite` gives as `errcode`. */
const RESULT_CODES: Readonly<Record<number, SqliteErrorCode>> = {
  5: SqliteErrorCode.SQLITE_BUSY,
  11: SqliteErrorCode.SQLITE_CORRUPT,
  13: SqliteErrorCode.SQLITE_FULL,
  14: SqliteErrorCode.SQLITE_CANNOT_OPEN,
  26: SqliteErrorCode.SQLITE_CORRUPT,
};

const REMEDIES: Readonly<Partial<Record<SqliteErrorCode, string>>> = {
  SQLITE_FULL: 'Make room on the disk; nothing of this call was stored.',
  SQLITE_CORRUPT: 'Restore the file from a backup, or let sqlite3 .recover save what it can.',
  SQLITE_CANNOT_OPEN: 'Check that its folder exists and may be written to.',
};

/** Whether SQLite says that another connection holds the lock. */
export function isBusy(error: unknown): boolean {
  return codeOf(error) === SqliteErrorCode.SQLITE_BUSY;
}

/** What SQLite threw, as an error of ours; anything else, such as an error of ours already, stays what it is. */
export function toSqliteError(error: unknown, file: string): unknown {
  const code = codeOf(error);
  if (code === null || !(error instanceof Error)) return error;
  const remedy = REMEDIES[code];
  return new SqliteError(code, `${file}: ${error.message}.${remedy ? ` ${remedy}` : ''}`, error);
}

function codeOf(error: unknown): SqliteErrorCode | null {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return null;
  const { errcode } = error;
  if (typeof errcode !== 'number') return null;
  return RESULT_CODES[errcode & 0xff] ?? SqliteErrorCode.SQLITE_FAILED;
}
