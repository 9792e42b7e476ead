import { type Clock, TownKrierError } from '@townkrier/core';
import {
  type LogCount,
  type LogPage,
  type LogQuery,
  type LogStore,
  type LogWrite,
  type NotificationLog,
  type StatsFilters,
  StorageError,
  StorageErrorCode,
} from '@townkrier/storage';
import { SqliteDatabase, type SqliteDatabaseSettings } from '../sqlite-database.ts';
import { SqliteErrorCode } from '../sqlite-errors.ts';
import { LogFinder } from './log-finder.ts';
import { LogWriter } from './log-writer.ts';
import { STORAGE_MIGRATIONS } from './storage-schema.ts';
import { WalEraser } from './wal-eraser.ts';

/** The rows of the delivery log in a SQLite file, with a connection of their own that overwrites what it deletes. */
export class SqliteLogStore implements LogStore {
  /** About ten milliseconds' worth, during which this process does nothing else and no other one writes. */
  readonly deletedAtOnce = 250;
  readonly #database: SqliteDatabase;
  readonly #finder: LogFinder;
  readonly #writer: LogWriter;
  readonly #eraser: WalEraser;

  /** @throws {SqliteError} when the file cannot be opened, or is newer than this package. */
  constructor(settings: SqliteDatabaseSettings, clock: Clock) {
    this.#database = openDatabase(settings);
    this.#finder = new LogFinder(this.#database);
    this.#writer = new LogWriter(this.#database.connection);
    this.#eraser = new WalEraser(this.#database, clock);
  }

  async commit(group: readonly LogWrite[]): Promise<void> {
    const settlements = await this.#database.write(() => this.#writer.write(group));
    for (const settle of settlements) settle();
  }

  async get(id: string): Promise<NotificationLog | null> {
    return this.#finder.get(id);
  }

  async getByIdempotencyKey(idempotencyKey: string): Promise<NotificationLog | null> {
    return this.#finder.getByIdempotencyKey(idempotencyKey);
  }

  async find(query: LogQuery): Promise<LogPage> {
    return this.#finder.find(query);
  }

  async count(filters: StatsFilters): Promise<readonly LogCount[]> {
    return this.#finder.count(filters);
  }

  afterErasure(): void {
    this.#eraser.erase();
  }

  toStorageError(error: unknown): unknown {
    const isOfDatabase = TownKrierError.is(error) && Object.hasOwn(SqliteErrorCode, error.code);
    if (!isOfDatabase) return error;
    return new StorageError(StorageErrorCode.STORAGE_UNAVAILABLE, error.message, { cause: error });
  }

  async close(): Promise<void> {
    this.#eraser.close();
    this.#database.close();
  }
}

function openDatabase(settings: SqliteDatabaseSettings): SqliteDatabase {
  const database = new SqliteDatabase(settings);
  try {
    database.migrate('storage', STORAGE_MIGRATIONS);
    database.connection.exec('PRAGMA secure_delete = ON');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
