import { createServer, type Server } from 'node:net';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PostgresPool } from '../src/postgres-connection.ts';
import { PostgresDatabase, type PostgresDatabaseOptions, quoteName } from '../src/postgres-database.ts';
import { PostgresError } from '../src/postgres-errors.ts';
import type { PostgresMigration } from '../src/postgres-migrations.ts';
import { dropSchema, freshSchema, isServerMissing, openTestPool, serverUrl } from './test-server.ts';

const FIRST: PostgresMigration = {
  version: 1,
  sql: 'CREATE TABLE things (id integer); CREATE TABLE others (id integer)',
};
const SECOND: PostgresMigration = { version: 2, sql: 'ALTER TABLE things ADD COLUMN name text' };
const BROKEN: PostgresMigration = { version: 2, sql: 'CREATE TABLE more (id integer); SELECT 1 / 0' };

describe.skipIf(isServerMissing)('a PostgresDatabase', () => {
  let admin: pg.Pool;
  let schema: string;
  const opened: PostgresDatabase[] = [];

  const open = (options: Partial<PostgresDatabaseOptions> = {}): PostgresDatabase => {
    const database = new PostgresDatabase({
      connection: serverUrl(),
      schema,
      maxConnections: 3,
      queryTimeout: 20_000,
      preparedStatements: true,
      ...options,
    });
    opened.push(database);
    return database;
  };
  const refusal = async (call: Promise<unknown>): Promise<string> => {
    const error: unknown = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return PostgresError.is(error) ? error.code : `no PostgresError: ${String(error)}`;
  };

  beforeAll(() => {
    admin = openTestPool();
  });
  beforeEach(() => {
    schema = freshSchema();
    return async () => {
      for (const database of opened.splice(0)) await database.close();
      await dropSchema(admin, schema);
    };
  });
  afterAll(() => admin.end());

  it('reads bigint as a number and json as what it says, whatever the app has set for its process', async () => {
    const [row] = await open().query(
      `SELECT 9007199254740991::bigint AS big, '{"a":[1,"\\u0000"]}'::json AS json, true AS bool, 'x'::text AS text, NULL::json AS nothing`,
    );
    expect(row).toEqual({
      big: Number.MAX_SAFE_INTEGER,
      json: { a: [1, '\0'] },
      bool: true,
      text: 'x',
      nothing: null,
    });
  });

  it('commits what a transaction did, and nothing of one that throws', async () => {
    const database = open();
    await database.migrate('queue', [FIRST]);
    const things = database.table('things');
    await database.transaction(async ({ query }) => {
      await query(`INSERT INTO ${things} VALUES ($1)`, [1]);
    });
    const failing = database.transaction(async ({ query }) => {
      await query(`INSERT INTO ${things} VALUES ($1)`, [2]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await database.query(`SELECT id FROM ${things}`)).toEqual([{ id: 1 }]);
  });

  it('runs work again that lost against another transaction', async () => {
    const database = open({ connection: `${serverUrl()}?options=-c%20deadlock_timeout%3D10ms` });
    await database.migrate('queue', [FIRST]);
    const things = database.table('things');
    await database.query(`INSERT INTO ${things} VALUES (1), (2)`);
    const meet = meetingOf(2);
    let runs = 0;
    const change = (first: number, second: number): Promise<void> =>
      database.transaction(async ({ query }) => {
        runs += 1;
        await query(`UPDATE ${things} SET id = id WHERE id = $1`, [first]);
        await meet();
        await query(`UPDATE ${things} SET id = id WHERE id = $1`, [second]);
      });
    await Promise.all([change(1, 2), change(2, 1)]);
    expect(runs).toBeGreaterThan(2);
  });

  it.each([
    ['the tables were changed', 'ALTER TABLE $ ADD COLUMN more text'],
    ['someone threw them away', 'DEALLOCATE ALL'],
  ])('prepares statements anew when %s', async (_, sql) => {
    const database = open({ maxConnections: 3 });
    await database.migrate('queue', [FIRST]);
    const things = database.table('things');
    const read = () => database.query(`SELECT *, pg_sleep(0.01) FROM ${things}`, [], { isPrepared: true });
    await Promise.all([read(), read(), read()]);
    // On each connection of the pool, as it concerns them.
    const change = () => database.query(`${sql.replace('$', things)}; SELECT pg_sleep(0.01)`).catch(() => []);
    await Promise.all([change(), change(), change()]);
    await Promise.all([read(), read(), read()]);
    await database.transaction(async ({ query }) => {
      await query(`SELECT *, pg_sleep(0.01) FROM ${things}`, [], { isPrepared: true });
    });
  });

  it('tells a statement that the server refused by its code', async () => {
    const call = open().query('SELECT 1 / 0');
    await expect(call).rejects.toMatchObject({ code: 'POSTGRES_QUERY_FAILED', sqlState: '22012' });
  });

  it.each(['plain', 'We"ird', 'sélect', 'a.b', "it's", 'with space', 'x'.repeat(63)])(
    'keeps its tables in a schema named %j',
    async (name) => {
      schema = name;
      await dropSchema(admin, name);
      const database = open();
      await database.migrate('queue', [FIRST]);
      await database.query(`INSERT INTO ${database.table('things')} VALUES ($1)`, [1], { isPrepared: true });
      const { rows } = await admin.query(`SELECT id FROM ${quoteName(name)}.things`);
      expect(rows).toEqual([{ id: 1 }]);
    },
  );

  it('makes the tables once when eight processes start at the same time', async () => {
    const databases = Array.from({ length: 8 }, () => open());
    await Promise.all(databases.map((database) => database.migrate('queue', [FIRST, SECOND])));
    const { rows } = await admin.query(`SELECT component, version FROM ${quoteName(schema)}.schema_versions`);
    expect(rows).toEqual([{ component: 'queue', version: 2 }]);
  });

  it('keeps the versions of components apart', async () => {
    const database = open();
    await Promise.all([
      database.migrate('queue', [FIRST]),
      database.migrate('storage', [{ version: 1, sql: 'CREATE TABLE logs (id integer)' }]),
    ]);
    await database.query(`SELECT FROM ${database.table('things')}, ${database.table('logs')}`);
  });

  it('adds the missing steps to tables that are older', async () => {
    await open().migrate('queue', [FIRST]);
    const database = open();
    await database.migrate('queue', [FIRST, SECOND]);
    await database.query(`SELECT id, name FROM ${database.table('things')}`);
  });

  it('refuses tables that are newer than the code, and changes nothing', async () => {
    await open().migrate('queue', [FIRST, SECOND]);
    expect(await refusal(open().migrate('queue', [FIRST]))).toBe('POSTGRES_SCHEMA_TOO_NEW');
    const { rows } = await admin.query(`SELECT version FROM ${quoteName(schema)}.schema_versions`);
    expect(rows).toEqual([{ version: 2 }]);
  });

  it('leaves nothing of steps that fail half way, and tries again with the next call', async () => {
    const database = open();
    expect(await refusal(database.migrate('queue', [FIRST, BROKEN]))).toBe('POSTGRES_MIGRATION_FAILED');
    const tables = await admin.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema]);
    expect(tables.rowCount).toBe(0);
    await database.migrate('queue', [FIRST, SECOND]);
    await database.query(`SELECT name FROM ${database.table('things')}`);
  });

  it('asks for no right to make schemas where the tables are there', async () => {
    await open().migrate('queue', [FIRST]);
    const role = `role_${schema}`;
    await admin.query(`CREATE ROLE ${role} LOGIN; GRANT USAGE ON SCHEMA ${schema} TO ${role};
      GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${role}`);
    try {
      const address = new URL(serverUrl());
      address.username = role;
      const database = open({ connection: address.href });
      await database.migrate('queue', [FIRST]);
      expect(await refusal(database.migrate('storage', [FIRST]))).toBe('POSTGRES_MIGRATION_FAILED');
      await database.close();
    } finally {
      await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  it('ends a pool it opened, twice if asked, and refuses what comes afterwards', async () => {
    const database = open();
    await database.query('SELECT 1');
    await Promise.all([database.close(), database.close()]);
    expect(await refusal(database.query('SELECT 1'))).toBe('POSTGRES_CLOSED');
  });

  it('never ends a pool that was given', async () => {
    const pool: PostgresPool & pg.Pool = openTestPool();
    const database = open({ connection: pool });
    await database.query('SELECT 1');
    await database.close();
    await pool.query('SELECT 1');
    await pool.end();
  });

  it('survives the end of idle connections', async () => {
    const database = open();
    const pids = await Promise.all(
      [0, 1, 2].map(() => database.query('SELECT pg_backend_pid() AS pid, pg_sleep(0.01)')),
    );
    await admin.query(
      'SELECT pg_terminate_backend((pid->>$1)::integer) FROM json_array_elements($2::json) AS pid',
      ['pid', JSON.stringify(pids.flat())],
    );
    await expect.poll(() => database.query('SELECT 1 AS one').catch(() => null)).toEqual([{ one: 1 }]);
  });

  it('gives up a statement that takes too long, and the connection it ran on', async () => {
    const pool = openTestPool({ max: 1 });
    const database = open({ connection: pool });
    expect(await refusal(database.query('SELECT pg_sleep(30)', [], { timeoutMs: 50 }))).toBe(
      'POSTGRES_UNAVAILABLE',
    );
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it('gives up waiting for a connection of a pool whose connections are all taken', async () => {
    const pool = openTestPool({ max: 1 });
    const database = open({ connection: pool });
    const taken = await pool.connect();
    expect(await refusal(database.query('SELECT 1', [], { timeoutMs: 50 }))).toBe('POSTGRES_UNAVAILABLE');
    taken.release();
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await pool.end();
  });
});

describe('a PostgresDatabase without a server', () => {
  const connect = (connection: string): PostgresDatabase =>
    new PostgresDatabase({
      connection,
      schema: 'townkrier',
      maxConnections: 2,
      queryTimeout: 200,
      preparedStatements: true,
    });

  it('says that a server which refuses connections is not available', async () => {
    const { server, port } = await listen();
    server.close();
    const database = connect(`postgres://someone@127.0.0.1:${port}/any`);
    await expect(database.query('SELECT 1')).rejects.toMatchObject({ code: 'POSTGRES_UNAVAILABLE' });
    await database.close();
  });

  it('says so as well of one that takes connections and never answers', async () => {
    const { server, port } = await listen();
    const database = connect(`postgres://someone@127.0.0.1:${port}/any`);
    await expect(database.query('SELECT 1')).rejects.toMatchObject({ code: 'POSTGRES_UNAVAILABLE' });
    await database.close();
    server.close();
  });
});

/** Something that takes connections and stays silent. */
async function listen(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return { server, port: address.port };
}

/** Resolves when it was called so many times; after that at once. */
function meetingOf(count: number): () => Promise<void> {
  let here = 0;
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    here += 1;
    if (here >= count) open();
    return all;
  };
}
