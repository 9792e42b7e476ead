import { z } from 'zod';
import { isPostgresPool, type PostgresPool } from './postgres-connection.ts';

/** Where the tables are, and how the server is talked to. */
export interface PostgresOptions {
  /**
   * Address (`postgres://user:password@host:5432/database`), or a `Pool` of `pg`. For an address the package `pg` must be installed, and the adapter
   * opens a pool of its own, which it closes. A pool that was given is never closed.
   */
  readonly connection: string | PostgresPool;
  /** Schema of the tables; made if it is not there. 1 to 63 bytes. @default 'townkrier' */
  readonly schema?: string | undefined;
  /** Connections of a pool opened for an address, at most; 2 or more. @default 10 */
  readonly maxConnections?: number | undefined;
  /** Milliseconds that a statement may take, with getting a connection for it. @default 10000 */
  readonly queryTimeout?: number | undefined;
  /** Whether frequent statements are prepared. Off for a PgBouncer older than 1.21 that pools by transaction. @default true */
  readonly preparedStatements?: boolean | undefined;
}

/** Bytes that the name of anything may have in PostgreSQL; longer ones are cut off silently. */
const MAX_NAME_BYTES = 63;

function isSchemaName(name: string): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes >= 1 && bytes <= MAX_NAME_BYTES && !name.includes('\0') && name.isWellFormed();
}

/** The schema's parts, for adapters that add options of their own. */
export const postgresOptionsShape = {
  connection: z.union([z.string().min(1), z.custom<PostgresPool>(isPostgresPool)], {
    error: 'expected an address (postgres://…) or a Pool of pg',
  }),
  schema: z
    .string()
    .refine(isSchemaName, `expected a name of 1 to ${MAX_NAME_BYTES} bytes`)
    .refine((name) => !name.startsWith('pg_'), 'expected a name that does not begin with pg_')
    .default('townkrier'),
  maxConnections: z.int().min(2).default(10),
  queryTimeout: z.number().min(1).default(10_000),
  preparedStatements: z.boolean().default(true),
};
