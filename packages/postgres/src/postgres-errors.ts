import { TownKrierError } from '@townkrier/core';

/** The codes that `@townkrier/postgres` throws, besides those of the contract it keeps. `docs/reference/errors.md` says what to do about each. */
export const PostgresErrorCode = {
  /** The package `pg` is not installed, and an address was given instead of a pool. */
  POSTGRES_DRIVER_MISSING: 'POSTGRES_DRIVER_MISSING',
  /** The server cannot be reached, does not answer in time, or has no resources left; see `cause`. */
  POSTGRES_UNAVAILABLE: 'POSTGRES_UNAVAILABLE',
  /** The server refused a statement; see `sqlState` and `cause`. */
  POSTGRES_QUERY_FAILED: 'POSTGRES_QUERY_FAILED',
  /** The server is older than PostgreSQL 13. */
  POSTGRES_SERVER_TOO_OLD: 'POSTGRES_SERVER_TOO_OLD',
  /** The schema was made by a newer version of this package. */
  POSTGRES_SCHEMA_TOO_NEW: 'POSTGRES_SCHEMA_TOO_NEW',
  /** The schema could not be brought to the version this package needs; see `cause`. */
  POSTGRES_MIGRATION_FAILED: 'POSTGRES_MIGRATION_FAILED',
  /** Another transaction, which has not ended, holds what is to be changed. */
  POSTGRES_LOCK_TIMEOUT: 'POSTGRES_LOCK_TIMEOUT',
  /** The database was used after `close()`. */
  POSTGRES_CLOSED: 'POSTGRES_CLOSED',
} as const;
export type PostgresErrorCode = (typeof PostgresErrorCode)[keyof typeof PostgresErrorCode];

/** What goes wrong with a PostgreSQL. Compare `code`. */
export class PostgresError extends TownKrierError {
  declare readonly code: PostgresErrorCode;
  /** The server's own code, five characters such as `42501`, where the server was the one to refuse. */
  readonly sqlState: string | undefined;

  constructor(
    code: PostgresErrorCode,
    message: string,
    details: { readonly cause?: unknown; readonly sqlState?: string | undefined } = {},
  ) {
    super(message, { code, cause: details.cause });
    this.sqlState = details.sqlState;
  }

  /** Whether a caught value is one, also from another copy of this package. */
  static override is(error: unknown, code?: PostgresErrorCode): error is PostgresError {
    return TownKrierError.is(error, code) && error.code.startsWith('POSTGRES_');
  }
}

/** SQLSTATE classes, or whole codes, that speak of the server's state and not of the statement: another try may succeed. */
const UNAVAILABLE_STATES = [
  '08', // connection exceptions
  '53', // no memory, disk or connections left
  '57P', // shut down, restarting, or starting
  '58', // input or output failed
  '25006', // a read-only standby
  '57014', // cancelled, by its time limit for one
];

/** The server's own code in an error of the driver, or `undefined` where it was not the server that refused. */
export function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if (PostgresError.is(error)) return error.sqlState;
  if (!('code' in error) || !('severity' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Any error of the driver as one of ours; errors of the library stay what they are. */
export function toPostgresError(error: unknown): TownKrierError {
  if (TownKrierError.is(error)) return error;
  const sqlState = sqlStateOf(error);
  const reason = error instanceof Error ? error.message || error.name : String(error);
  if (sqlState === undefined || UNAVAILABLE_STATES.some((state) => sqlState.startsWith(state))) {
    return new PostgresError(
      PostgresErrorCode.POSTGRES_UNAVAILABLE,
      `PostgreSQL is not available: ${reason}.`,
      {
        cause: error,
        sqlState,
      },
    );
  }
  if (sqlState === '55P03') {
    return new PostgresError(
      PostgresErrorCode.POSTGRES_LOCK_TIMEOUT,
      'Another transaction, which has not ended, holds what was to be written. Try again, and keep transactions short.',
      { cause: error, sqlState },
    );
  }
  return new PostgresError(
    PostgresErrorCode.POSTGRES_QUERY_FAILED,
    `PostgreSQL refused a statement with ${sqlState}: ${reason}.`,
    { cause: error, sqlState },
  );
}
