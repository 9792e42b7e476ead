import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type OwnPool, openPool } from './own-pool.ts';
import type { PostgresClient, PostgresPool, PostgresStatement } from './postgres-connection.ts';
import { PostgresError, PostgresErrorCode, sqlStateOf, toPostgresError } from './postgres-errors.ts';
import { migrateComponent, type PostgresComponent, type PostgresMigration } from './postgres-migrations.ts';
import { POSTGRES_TYPES } from './postgres-types.ts';
import { TimeLimit } from './time-limit.ts';

/** What a {@link PostgresDatabase} needs; `PostgresOptions` with every default applied. */
export interface PostgresDatabaseOptions {
  readonly connection: string | PostgresPool;
  readonly schema: string;
  readonly maxConnections: number;
  /** Milliseconds. */
  readonly queryTimeout: number;
  readonly preparedStatements: boolean;
}

/** How a statement runs. */
export interface QueryOptions {
  /** Whether it is worth preparing: it runs often, and its text is always the same. @default false */
  readonly isPrepared?: boolean;
  /** Milliseconds it may take, with getting a connection for it. @default the database's `queryTimeout` */
  readonly timeoutMs?: number;
}

/** The statements of one transaction. */
export interface PostgresTransaction {
  /** As {@link PostgresDatabase.query}, within the transaction and its time. */
  query<Row = unknown>(text: string, values?: readonly unknown[], options?: QueryOptions): Promise<Row[]>;
}

/** What is worth trying again because nothing was done, by the server's code, and how often it is tried. */
const TRIES: ReadonlyMap<string | undefined, number> = new Map([
  // Another transaction was in the way: serialization failure, deadlock.
  ['40001', 4],
  ['40P01', 4],
  // The connection's prepared statements are of no more use, and perhaps those of all other connections: the tables were changed (a newer version of this
  // package has brought them up to date), or someone threw the statements away.
  ['0A000', 20],
  ['26000', 20],
  ['42P05', 20],
]);
/** Milliseconds, the longest wait before the second try; it grows with the tries. */
const RETRY_SPREAD = 5;
const STALE_STATES: readonly (string | undefined)[] = ['0A000', '26000', '42P05'];

/**
 * A PostgreSQL with our schema in it, through a pool of connections. Every call ends: with an answer, or with `POSTGRES_UNAVAILABLE` when its time
 * is over, and then the connection it waited on is closed.
 *
 * Whatever it throws is a {@link PostgresError}, unless said otherwise.
 */
export class PostgresDatabase {
  /** The schema's name as it is. */
  readonly schema: string;
  /** The schema's name as it stands in SQL. */
  readonly quotedSchema: string;
  readonly #options: PostgresDatabaseOptions;
  readonly #preparedNames = new Map<string, string>();
  readonly #migrations = new Map<PostgresComponent, Promise<void>>();
  #ownPool: Promise<OwnPool> | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: PostgresDatabaseOptions) {
    this.#options = options;
    this.schema = options.schema;
    this.quotedSchema = quoteName(options.schema);
  }

  /** A table, type or function of the schema as it stands in SQL. */
  table(name: string): string {
    return `${this.quotedSchema}.${quoteName(name)}`;
  }

  /**
   * Runs one statement and gives its rows. `bigint` comes as a number and `json` as what it says, whatever parsers the app has set.
   *
   * A statement that lost against another transaction (deadlock, serialization failure), or whose preparation is out of date, is tried again; one whose
   * connection broke is not, because nobody knows whether it was done.
   */
  async query<Row = unknown>(
    text: string,
    values: readonly unknown[] = [],
    options: QueryOptions = {},
  ): Promise<Row[]> {
    const limit = new TimeLimit(options.timeoutMs ?? this.#options.queryTimeout);
    return repeat(() =>
      this.#withClient(limit, (client) =>
        this.#run<Row>(client, limit, this.#statement(text, values, options)),
      ),
    );
  }

  /**
   * Runs work in a transaction (READ COMMITTED): committed when it resolves, rolled back when it throws. Work that lost against another transaction
   * runs again from its beginning.
   *
   * @param options.timeoutMs - For all of it, tries again included. The server ends it after that as well.
   * @throws what `work` throws.
   */
  async transaction<T>(
    work: (transaction: PostgresTransaction) => Promise<T>,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<T> {
    const timeoutMs = options.timeoutMs ?? this.#options.queryTimeout;
    const limit = new TimeLimit(timeoutMs);
    return repeat(() =>
      this.#withClient(limit, async (client) => {
        const run = <Row>(statement: PostgresStatement) => this.#run<Row>(client, limit, statement);
        await run({ text: beginWithin(timeoutMs) });
        try {
          const result = await work({
            query: (text, values = [], each = {}) => run(this.#statement(text, values, each)),
          });
          await run({ text: 'COMMIT' });
          return result;
        } catch (error) {
          if (!isConnectionBroken(error)) await run({ text: 'ROLLBACK' });
          throw error;
        }
      }),
    );
  }

  /**
   * Makes or updates the tables of a component, the first time it is called; later calls give the same promise. After a failure the next call tries
   * again. It never runs within a transaction of the app's.
   *
   * @param migrations - All steps ever, in order.
   * @throws {PostgresError} `POSTGRES_SCHEMA_TOO_NEW`; `POSTGRES_SERVER_TOO_OLD`; `POSTGRES_MIGRATION_FAILED`.
   */
  migrate(component: PostgresComponent, migrations: readonly PostgresMigration[]): Promise<void> {
    const known = this.#migrations.get(component);
    if (known !== undefined) return known;
    const migrating = migrateComponent(this, component, migrations);
    this.#migrations.set(component, migrating);
    migrating.catch(() => this.#migrations.delete(component));
    return migrating;
  }

  /**
   * Takes a connection out of the pool for as long as it is wanted. Give it back with its `release`, and listen to its `error` meanwhile.
   *
   * @param timeoutMs - Milliseconds to wait for one. @default the database's `queryTimeout`
   */
  async connect(timeoutMs: number = this.#options.queryTimeout): Promise<PostgresClient> {
    return this.#connect(new TimeLimit(timeoutMs));
  }

  /** A statement ready for a client of the app's: with our parsers, and prepared if that is wanted and allowed. */
  statement(text: string, values: readonly unknown[], options: QueryOptions = {}): PostgresStatement {
    return this.#statement(text, values, options);
  }

  /** Closes the pool if it was opened here; waits for statements under way. Idempotent. What is called afterwards is refused. */
  close(): Promise<void> {
    this.#closed ??= this.#closeOwnPool();
    return this.#closed;
  }

  async #closeOwnPool(): Promise<void> {
    const pool = await this.#ownPool?.catch(() => undefined);
    await pool?.end();
  }

  async #withClient<T>(limit: TimeLimit, work: (client: PostgresClient) => Promise<T>): Promise<T> {
    const client = await this.#connect(limit);
    // Without a listener an error of the connection would end the process. The statement that runs fails with it.
    client.on('error', ignore);
    let isBroken = false;
    try {
      return await work(client);
    } catch (error) {
      isBroken = isConnectionBroken(error);
      throw error;
    } finally {
      client.removeListener('error', ignore);
      client.release(isBroken);
    }
  }

  async #connect(limit: TimeLimit): Promise<PostgresClient> {
    if (this.#closed !== undefined) {
      throw new PostgresError(PostgresErrorCode.POSTGRES_CLOSED, 'The connection to PostgreSQL was closed.');
    }
    try {
      const pool = await this.#pool();
      return await limit.within(pool.connect(), (client) => client.release());
    } catch (error) {
      throw toUnavailable(error);
    }
  }

  async #pool(): Promise<PostgresPool> {
    const { connection } = this.#options;
    if (typeof connection !== 'string') return connection;
    this.#ownPool ??= openPool(connection, this.#options);
    return this.#ownPool;
  }

  async #run<Row>(client: PostgresClient, limit: TimeLimit, statement: PostgresStatement): Promise<Row[]> {
    try {
      const { rows } = await limit.within(client.query(statement));
      return rows as Row[]; // what a statement gives, only its text says
    } catch (error) {
      throw toPostgresError(error);
    }
  }

  #statement(
    text: string,
    values: readonly unknown[],
    { isPrepared = false }: QueryOptions,
  ): PostgresStatement {
    const statement = { text, types: POSTGRES_TYPES, ...(values.length > 0 && { values: [...values] }) };
    if (!isPrepared || !this.#options.preparedStatements) return statement;
    return { ...statement, name: this.#preparedName(text) };
  }

  /** A name that stands for this very text: a pool may be shared by several schemas, and by several versions of this package. */
  #preparedName(text: string): string {
    let name = this.#preparedNames.get(text);
    if (name === undefined) {
      name = `townkrier_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
      this.#preparedNames.set(text, name);
    }
    return name;
  }
}

/** A name as it stands in SQL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as it stands in SQL, whatever `standard_conforming_strings` says. */
export function quoteText(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** Limits of the server's own, so that a process that stops answering half way holds no lock for long. */
function beginWithin(timeoutMs: number): string {
  const ms = Math.ceil(timeoutMs);
  return (
    `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL statement_timeout = ${ms}; SET LOCAL lock_timeout = ${ms}; ` +
    `SET LOCAL idle_in_transaction_session_timeout = ${ms}`
  );
}

async function repeat<T>(action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (attempt >= (TRIES.get(sqlStateOf(error)) ?? 1)) throw error;
      // Of two that got in each other's way, one comes first the next time.
      await wait(Math.random() * RETRY_SPREAD * attempt);
    }
  }
}

/** Whether a connection is of no more use: it broke, nobody knows what it is doing, or its prepared statements are stale. */
function isConnectionBroken(error: unknown): boolean {
  return (
    PostgresError.is(error, PostgresErrorCode.POSTGRES_UNAVAILABLE) ||
    STALE_STATES.includes(sqlStateOf(error))
  );
}

/** Whatever keeps us from connecting is told as that, also a wrong password. */
function toUnavailable(error: unknown): Error {
  const known = toPostgresError(error);
  if (!PostgresError.is(known, PostgresErrorCode.POSTGRES_QUERY_FAILED)) return known;
  return new PostgresError(
    PostgresErrorCode.POSTGRES_UNAVAILABLE,
    `PostgreSQL refused the connection: ${error instanceof Error ? error.message : String(error)}.`,
    { cause: error, sqlState: known.sqlState },
  );
}

function ignore(): void {}
