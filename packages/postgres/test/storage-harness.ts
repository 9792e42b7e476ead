import type { NotificationLogStatus } from '@townkrier/storage';
import type { RawLog, StorageAdapterHarness } from '@townkrier/storage/testing';
import type pg from 'pg';
import { PostgresDatabase, quoteName } from '../src/postgres-database.ts';
import { PostgresStorageAdapter, type PostgresStorageAdapterOptions } from '../src/storage/index.ts';
import { STORAGE_MIGRATIONS } from '../src/storage/storage-schema.ts';
import { dropSchema, freshSchema, openTestPool } from './test-server.ts';

/** Longer than a busy machine takes. Milliseconds. */
const PATIENT = 60_000;

/** Connections of all harnesses of a test file, so that not every case has to open its own. */
let shared: pg.Pool | undefined;
export function sharedPool(): pg.Pool {
  shared ??= openTestPool({ max: 12, allowExitOnIdle: true });
  return shared;
}

/** An adapter on a schema, and the schema as the way behind its back. */
export interface PostgresStorageHarness extends StorageAdapterHarness {
  readonly adapter: PostgresStorageAdapter;
  /** The schema's name as it stands in SQL. */
  readonly schema: string;
  /** The options of the adapter, for another one on the same schema. */
  readonly options: PostgresStorageAdapterOptions;
  /** Rows of a query; `logs` and `log_counts` are those of the schema. */
  raw(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

/** An adapter on a schema of its own, with its tables. */
export async function createStorageHarness(
  options: Partial<PostgresStorageAdapterOptions> = {},
): Promise<PostgresStorageHarness> {
  return openHarnessOn(await makeSchema(), options);
}

/** An adapter on a schema that is there already; the schema goes with it. */
export function openHarnessOn(
  schema: string,
  options: Partial<PostgresStorageAdapterOptions> = {},
): PostgresStorageHarness {
  return harnessOn(schema, options, () => dropSchema(sharedPool(), schema));
}

/** Makes harnesses one after the other on one schema, which is emptied for each: for very many short lives. */
export function reusingHarnesses(): () => Promise<PostgresStorageHarness> {
  let made: Promise<string> | undefined;
  return async () => {
    made ??= makeSchema();
    const schema = await made;
    const name = quoteName(schema);
    await sharedPool().query(`DELETE FROM ${name}.logs; DELETE FROM ${name}.log_counts`);
    return harnessOn(schema, {}, async () => undefined);
  };
}

async function makeSchema(): Promise<string> {
  const schema = freshSchema();
  const database = new PostgresDatabase({
    connection: sharedPool(),
    schema,
    maxConnections: 2,
    queryTimeout: PATIENT,
    preparedStatements: false,
  });
  await database.migrate('storage', STORAGE_MIGRATIONS);
  return schema;
}

function harnessOn(
  schema: string,
  options: Partial<PostgresStorageAdapterOptions>,
  dispose: () => Promise<void>,
): PostgresStorageHarness {
  const all = { connection: sharedPool(), schema, queryTimeout: PATIENT, ...options };
  const adapters: PostgresStorageAdapter[] = [];
  const open = (): PostgresStorageAdapter => {
    const adapter = new PostgresStorageAdapter(all);
    adapters.push(adapter);
    return adapter;
  };
  const name = quoteName(schema);
  const raw: PostgresStorageHarness['raw'] = async (sql, values = []) => {
    const text = sql.replace(/\b(FROM|JOIN|UPDATE|INTO) (logs|log_counts)\b/g, `$1 ${name}.$2`);
    return (await sharedPool().query(text, [...values])).rows;
  };
  return {
    adapter: open(),
    schema: name,
    options: all,
    raw,
    inspect: async (id) => toRaw((await raw('SELECT * FROM logs WHERE id = $1', [id]))[0]),
    countRows: async () => Number((await raw('SELECT count(*) AS n FROM logs'))[0]?.['n']),
    // The old one is never told: what it has not sent is lost.
    restart: async () => open(),
    async close() {
      await Promise.all(adapters.map((each) => each.close()));
      await dispose();
    },
  };
}

function toRaw(row: Record<string, unknown> | undefined): RawLog | null {
  if (row === undefined) return null;
  const { subject, error } = row;
  return {
    id: String(row['id']),
    status: String(row['status']) as NotificationLogStatus,
    channel: String(row['channel']),
    recipient: String(row['recipient']),
    attempts: Number(row['attempts']),
    ...(typeof subject === 'string' && { subject }),
    ...(typeof error === 'string' && { error }),
  };
}
