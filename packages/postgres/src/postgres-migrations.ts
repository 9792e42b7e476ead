import type { PostgresDatabase, PostgresTransaction } from './postgres-database.ts';
import { PostgresError, PostgresErrorCode, sqlStateOf, toPostgresError } from './postgres-errors.ts';

/** The parts of this package that keep tables; each has a version of its own. */
export type PostgresComponent = 'queue' | 'events' | 'storage' | 'audit';

/** One step of a component's tables. What was published is never changed: a later step mends it. */
export interface PostgresMigration {
  /** 1, 2, … without gaps. */
  readonly version: number;
  /** Statements that run with the schema as `search_path`, so that names stand without it. No `COMMIT`, and nothing that cannot run in a transaction. */
  readonly sql: string;
}

/** The oldest server, as `server_version_num` says it. */
const OLDEST_SERVER = 130_000;
/** Milliseconds for all steps together, with waiting for another process that runs them. */
const MIGRATION_TIMEOUT = 60_000;

/**
 * Brings a component's tables to the newest of the given versions: all missing steps in one transaction, or none. One process does it at a time, others
 * wait and then find it done. Where nothing is missing, it only reads one row.
 *
 * @throws {PostgresError} `POSTGRES_SCHEMA_TOO_NEW`; `POSTGRES_SERVER_TOO_OLD`; `POSTGRES_MIGRATION_FAILED`; `POSTGRES_UNAVAILABLE`.
 */
export async function migrateComponent(
  database: PostgresDatabase,
  component: PostgresComponent,
  migrations: readonly PostgresMigration[],
): Promise<void> {
  const newest = migrations.at(-1)?.version ?? 0;
  if (isCurrent(component, await readVersion(database, component), newest)) return;
  try {
    await database.transaction(
      async (transaction) => {
        const version = await lockVersion(database, transaction, component);
        if (isCurrent(component, version, newest)) return;
        await runSteps(database, transaction, component, migrations.slice(version));
      },
      { timeoutMs: MIGRATION_TIMEOUT },
    );
  } catch (error) {
    throw PostgresError.is(error, PostgresErrorCode.POSTGRES_QUERY_FAILED) ? toMigrationError(error) : error;
  }
}

/** Whether the tables are as new as the code. @throws {PostgresError} when they are newer. */
function isCurrent(component: PostgresComponent, version: number, newest: number): boolean {
  if (version <= newest) return version === newest;
  throw new PostgresError(
    PostgresErrorCode.POSTGRES_SCHEMA_TOO_NEW,
    `The tables of ${component} have version ${version}, but this version of @townkrier/postgres knows ${newest} at most. ` +
      'Install the newer version of the package in this process as well.',
  );
}

/** The version of a component's tables; 0 where there are none. */
async function readVersion(database: PostgresDatabase, component: PostgresComponent): Promise<number> {
  try {
    const [row] = await database.query<{ readonly version: number }>(
      `SELECT version FROM ${database.table('schema_versions')} WHERE component = $1`,
      [component],
    );
    return row?.version ?? 0;
  } catch (error) {
    const sqlState = sqlStateOf(error);
    if (sqlState === '42P01' || sqlState === '3F000') return 0; // no such table, no such schema
    throw error;
  }
}

/** Keeps other processes out until the transaction ends, makes the schema if need be, and reads the version that now counts. */
async function lockVersion(
  database: PostgresDatabase,
  transaction: PostgresTransaction,
  component: PostgresComponent,
): Promise<number> {
  await transaction.query(`SELECT pg_advisory_xact_lock(hashtextextended('townkrier.' || $1::text, 0))`, [
    database.schema,
  ]);
  const [found] = await transaction.query<{ readonly hasSchema: boolean; readonly server: number }>(
    `SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS "hasSchema",
      current_setting('server_version_num')::integer AS server`,
    [database.schema],
  );
  if (found === undefined || found.server < OLDEST_SERVER) {
    throw new PostgresError(
      PostgresErrorCode.POSTGRES_SERVER_TOO_OLD,
      `PostgreSQL 13 or newer is needed, and the server says ${found?.server}.`,
    );
  }
  // Asked first, because IF NOT EXISTS wants the right to make schemas even where it is there already.
  if (!found.hasSchema) await transaction.query(`CREATE SCHEMA ${database.quotedSchema}`);
  await transaction.query(
    `CREATE TABLE IF NOT EXISTS ${database.table('schema_versions')} (component text PRIMARY KEY, version integer NOT NULL)`,
  );
  const [row] = await transaction.query<{ readonly version: number }>(
    `SELECT version FROM ${database.table('schema_versions')} WHERE component = $1`,
    [component],
  );
  return row?.version ?? 0;
}

async function runSteps(
  database: PostgresDatabase,
  transaction: PostgresTransaction,
  component: PostgresComponent,
  steps: readonly PostgresMigration[],
): Promise<void> {
  await transaction.query(`SET LOCAL search_path TO ${database.quotedSchema}`);
  for (const { sql, version } of steps) {
    await transaction.query(sql);
    await transaction.query(
      `INSERT INTO schema_versions (component, version) VALUES ($1, $2)
      ON CONFLICT (component) DO UPDATE SET version = EXCLUDED.version`,
      [component, version],
    );
  }
}

function toMigrationError(error: PostgresError): PostgresError {
  const { message } = toPostgresError(error);
  return new PostgresError(
    PostgresErrorCode.POSTGRES_MIGRATION_FAILED,
    `The tables could not be made or brought up to date; nothing was changed. ${message} ` +
      'The role needs the right to create the schema, or a schema that exists and in which it may create tables.',
    { cause: error, sqlState: error.sqlState },
  );
}
