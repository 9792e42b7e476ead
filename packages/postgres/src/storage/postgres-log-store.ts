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
import { PostgresDatabase, type PostgresDatabaseOptions } from '../postgres-database.ts';
import { PostgresError } from '../postgres-errors.ts';
import { LogCounts } from './log-counts.ts';
import { LogFinder } from './log-finder.ts';
import { LogWriter } from './log-writer.ts';
import { STORAGE_MIGRATIONS } from './storage-schema.ts';

/** The rows of the delivery log in PostgreSQL. The tables are made with the first call. */
export class PostgresLogStore implements LogStore {
  /** Few enough for a statement to be over well within its time. */
  readonly deletedAtOnce = 5_000;
  readonly #database: PostgresDatabase;
  readonly #counts: LogCounts;
  readonly #finder: LogFinder;
  readonly #writer: LogWriter;

  constructor(options: PostgresDatabaseOptions) {
    this.#database = new PostgresDatabase(options);
    this.#counts = new LogCounts(this.#database);
    this.#finder = new LogFinder(this.#database);
    this.#writer = new LogWriter(this.#database, this.#counts);
  }

  async commit(group: readonly LogWrite[]): Promise<void> {
    await this.#migrate();
    await this.#writer.write(group);
  }

  async get(id: string): Promise<NotificationLog | null> {
    await this.#migrate();
    return this.#finder.get(id);
  }

  async getByIdempotencyKey(idempotencyKey: string): Promise<NotificationLog | null> {
    await this.#migrate();
    return this.#finder.getByIdempotencyKey(idempotencyKey);
  }

  async find(query: LogQuery): Promise<LogPage> {
    await this.#migrate();
    return this.#finder.find(query);
  }

  async count(filters: StatsFilters): Promise<readonly LogCount[]> {
    await this.#migrate();
    return this.#finder.count(filters);
  }

  toStorageError(error: unknown): unknown {
    if (!PostgresError.is(error)) return error;
    return new StorageError(StorageErrorCode.STORAGE_UNAVAILABLE, error.message, { cause: error });
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  #migrate(): Promise<void> {
    return this.#database.migrate('storage', STORAGE_MIGRATIONS);
  }
}
