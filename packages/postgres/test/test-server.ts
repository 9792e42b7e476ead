import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { quoteName } from '../src/postgres-database.ts';

const url = inject('postgresUrl');

/** Whether there is no server to test with; why is told once, by the setup. */
export const isServerMissing = url === null;

/** The address of the server these tests belong to. */
export function serverUrl(): string {
  if (url === null) throw new Error('There is no PostgreSQL; the test should have been skipped.');
  return url;
}

/** A schema name nobody else uses. */
export function freshSchema(): string {
  return `test_${randomBytes(8).toString('hex')}`;
}

/** A pool of the tests' own, to look behind the back of what is tested. */
export function openTestPool(options: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString: serverUrl(), max: 4, ...options });
  pool.on('error', () => undefined);
  return pool;
}

/** Removes what a test left. */
export async function dropSchema(pool: pg.Pool, schema: string): Promise<void> {
  await pool.query(`DROP SCHEMA IF EXISTS ${quoteName(schema)} CASCADE`);
}
