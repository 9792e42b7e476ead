import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { isBusy, SqliteError, SqliteErrorCode, toSqliteError } from './sqlite-errors.ts';

/** Milliseconds that opening waits for another process that is just setting the file up. */
const OPEN_TIMEOUT = 10_000;
/** Milliseconds between two tries to get the lock: about what a commit takes, so that a busy file is not left idle. */
const SHORTEST_RETRY = 1;
const LONGEST_RETRY = 5;

/** How a database is opened; see `SqliteFileOptions`. */
export interface SqliteDatabaseSettings {
  readonly file: string;
  readonly durability: 'full' | 'normal';
  readonly busyTimeout: number;
}

/** How a transaction is committed. */
export interface WriteOptions {
  /**
   * Whether it reaches the disk before the call resolves, where `durability` is `full`. Otherwise the next one that does takes it along, and a power cut until then may undo
   * it; never one that was committed before it. @default true
   */
  readonly isSynced?: boolean;
}

/**
 * One connection to a database file in WAL mode: readers never wait, writers take turns, also between processes. Everything runs to its end before its
 * first pause, so that two calls of one connection never mix.
 */
export class SqliteDatabase {
  readonly file: string;
  /** For statements; transactions go through {@link SqliteDatabase.write} and {@link SqliteDatabase.read}. */
  readonly connection: DatabaseSync;
  readonly #busyTimeout: number;
  readonly #isFull: boolean;
  /** Prepared, because they frame every call. */
  readonly #begin: StatementSync;
  readonly #beginRead: StatementSync;
  readonly #commit: StatementSync;
  #isClosed = false;

  /** @throws {SqliteError} `SQLITE_MISSING`, `SQLITE_CANNOT_OPEN`, `SQLITE_CORRUPT`. */
  constructor({ file, durability, busyTimeout }: SqliteDatabaseSettings) {
    this.file = file;
    this.#busyTimeout = busyTimeout;
    this.#isFull = durability === 'full';
    this.connection = open(file, durability);
    this.#begin = this.connection.prepare('BEGIN IMMEDIATE');
    this.#beginRead = this.connection.prepare('BEGIN');
    this.#commit = this.connection.prepare('COMMIT');
  }

  /**
   * Runs `work` in a transaction of its own and commits; what it throws undoes it. While another connection writes, it waits without blocking, up to
   * `busyTimeout`.
   * @throws {SqliteError} `SQLITE_BUSY` and others, having changed nothing; or what `work` threw.
   */
  async write<Result>(work: () => Result, { isSynced = true }: WriteOptions = {}): Promise<Result> {
    const deadline = Date.now() + this.#busyTimeout;
    const isRelaxed = this.#isFull && !isSynced;
    for (;;) {
      // Not changed within a transaction: there SQLite heeds it no more.
      if (isRelaxed) this.connection.exec('PRAGMA synchronous = NORMAL');
      try {
        if (this.#tryBegin()) return this.#finish(work);
      } finally {
        if (isRelaxed) this.connection.exec('PRAGMA synchronous = FULL');
      }
      if (Date.now() >= deadline) throw this.#lockTimeout();
      await wait(SHORTEST_RETRY + Math.random() * (LONGEST_RETRY - SHORTEST_RETRY));
    }
  }

  /** Runs `work` on one consistent state of the database. */
  read<Result>(work: () => Result): Result {
    try {
      this.#beginRead.run();
    } catch (error) {
      throw toSqliteError(error, this.file);
    }
    return this.#finish(work);
  }

  /**
   * Brings the tables of a component up to date: runs those of its migrations that the file has not seen, all or none.
   * @throws {SqliteError} `SQLITE_SCHEMA_TOO_NEW` when it has seen more than there are.
   */
  migrate(component: 'queue' | 'events' | 'storage' | 'audit', migrations: readonly string[]): void {
    const { connection } = this;
    connection.exec(`PRAGMA busy_timeout = ${OPEN_TIMEOUT}`);
    try {
      this.#begin.run();
      this.#finish(() => this.#migrateFrom(this.#schemaVersion(component), component, migrations));
    } catch (error) {
      throw toSqliteError(error, this.file);
    } finally {
      connection.exec('PRAGMA busy_timeout = 0');
    }
  }

  /** Closes the connection. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.connection.close();
  }

  #tryBegin(): boolean {
    try {
      this.#begin.run();
      return true;
    } catch (error) {
      if (isBusy(error)) return false;
      throw toSqliteError(error, this.file);
    }
  }

  /** Ends the open transaction with what `work` makes of it. */
  #finish<Result>(work: () => Result): Result {
    try {
      const result = work();
      this.#commit.run();
      return result;
    } catch (error) {
      this.#rollback();
      throw toSqliteError(error, this.file);
    }
  }

  #rollback(): void {
    try {
      this.connection.exec('ROLLBACK');
    } catch {
      // After some errors (a full disk, say) SQLite has rolled back by itself; then there is nothing to undo.
    }
  }

  #schemaVersion(component: string): number {
    this.connection.exec(
      'CREATE TABLE IF NOT EXISTS townkrier_schema (component TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID',
    );
    const row = this.connection
      .prepare('SELECT version FROM townkrier_schema WHERE component = ?')
      .get(component);
    return Number(row?.['version'] ?? 0);
  }

  #migrateFrom(version: number, component: string, migrations: readonly string[]): void {
    if (version > migrations.length) {
      throw new SqliteError(
        SqliteErrorCode.SQLITE_SCHEMA_TOO_NEW,
        `${this.file} has version ${version} of the ${component} tables; this version of @townkrier/sqlite knows up to ${migrations.length}. Update the package in this process.`,
      );
    }
    if (version === migrations.length) return;
    for (const migration of migrations.slice(version)) this.connection.exec(migration);
    this.connection
      .prepare(
        'INSERT INTO townkrier_schema VALUES (?, ?) ON CONFLICT DO UPDATE SET version = excluded.version',
      )
      .run(component, migrations.length);
  }

  #lockTimeout(): SqliteError {
    return new SqliteError(
      SqliteErrorCode.SQLITE_BUSY,
      `${this.file} was held by another connection for longer than busyTimeout (${this.#busyTimeout} ms). Commit sooner there, or raise busyTimeout.`,
    );
  }
}

function open(file: string, durability: 'full' | 'normal'): DatabaseSync {
  const sqlite = process.getBuiltinModule('node:sqlite');
  if (sqlite === undefined) {
    throw new SqliteError(
      SqliteErrorCode.SQLITE_MISSING,
      `Node.js ${process.version} has no node:sqlite here. Use Node.js 22.13 or newer, without --no-experimental-sqlite.`,
    );
  }
  let connection: DatabaseSync | undefined;
  try {
    connection = new sqlite.DatabaseSync(file);
    configure(connection, durability);
    return connection;
  } catch (error) {
    connection?.close();
    throw toSqliteError(error, file);
  }
}

function configure(connection: DatabaseSync, durability: 'full' | 'normal'): void {
  connection.exec(`PRAGMA busy_timeout = ${OPEN_TIMEOUT}`);
  connection.exec('PRAGMA journal_mode = WAL');
  // 20 MB of log before it is copied to the file: a page that changed often meanwhile is copied once. Measured: a third more jobs a second than with 4 MB.
  connection.exec('PRAGMA wal_autocheckpoint = 5000');
  connection.exec('PRAGMA cache_size = -16000');
  connection.exec(`PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`);
  // macOS: a plain fsync leaves the data in the drive's cache.
  if (durability === 'full') connection.exec('PRAGMA fullfsync = ON');
  // From here on waiting is done between tries, so that the event loop goes on.
  connection.exec('PRAGMA busy_timeout = 0');
}
