import type { PostgresPool } from './postgres-connection.ts';
import { PostgresError, PostgresErrorCode } from './postgres-errors.ts';

/** A pool that was opened here and is closed here. */
export interface OwnPool extends PostgresPool {
  end(): Promise<void>;
}

/** Milliseconds after which an attempt to connect is given up, at most. */
const CONNECT_TIMEOUT = 5_000;
/** Milliseconds a connection is kept that nobody needs. */
const IDLE_TIMEOUT = 30_000;

/**
 * Opens a pool for an address. Idle connections do not keep the process alive.
 *
 * @throws {PostgresError} `POSTGRES_DRIVER_MISSING` when the package `pg` is not installed.
 */
export async function openPool(
  address: string,
  options: { readonly maxConnections: number; readonly queryTimeout: number },
): Promise<OwnPool> {
  const { Pool } = await importDriver();
  const pool = new Pool({
    connectionString: address,
    max: options.maxConnections,
    connectionTimeoutMillis: Math.min(CONNECT_TIMEOUT, options.queryTimeout),
    idleTimeoutMillis: IDLE_TIMEOUT,
    allowExitOnIdle: true,
    keepAlive: true,
    application_name: 'townkrier',
  });
  // An idle connection that breaks is replaced when it is needed. Without a listener the error would end the process.
  pool.on('error', () => undefined);
  return pool;
}

async function importDriver(): Promise<Pick<typeof import('pg'), 'Pool'>> {
  try {
    const { default: pg } = await import('pg');
    return pg;
  } catch (error) {
    throw new PostgresError(
      PostgresErrorCode.POSTGRES_DRIVER_MISSING,
      'The package pg is needed to open a connection: npm install pg. Or pass a Pool of your own as connection.',
      { cause: error },
    );
  }
}
