import { TownKrierError } from '@townkrier/core';
import {
  type ContentPrivacy,
  GroupCommit,
  type LogPage,
  type LogQuery,
  type NotificationLog,
  type NotificationLogPatch,
  reachedBy,
  type StatsFilters,
  type StorageAdapter,
  StorageError,
  StorageErrorCode,
  type StorageStats,
  startRetention,
  toChangedColumns,
  toColumnValues,
  toStorableText,
  toStorageStats,
} from '@townkrier/storage';
import { SqliteDatabase } from '../sqlite-database.ts';
import { SqliteErrorCode } from '../sqlite-errors.ts';
import { CallsInHand } from './calls-in-hand.ts';
import { LogFinder } from './log-finder.ts';
import { LogWriter } from './log-writer.ts';
import type { DeleteWrite, LogWrite, SaveWrite } from './log-writes.ts';
import { resolveSqliteStorageOptions, type SqliteStorageAdapterOptions } from './sqlite-storage-options.ts';
import { STORAGE_MIGRATIONS } from './storage-schema.ts';
import { WalEraser } from './wal-eraser.ts';

/** Rows deleted in one transaction: as many as do not hold up the event loop, or other processes, for long. */
const DELETED_AT_ONCE = 250;

/**
 * Keeps the delivery log in a SQLite file, which several processes of one machine may share, also with the queue. Writes of one turn of the event loop share
 * a commit. Pages and statistics come from indexes and counters; `searchLogs` of `@townkrier/storage` says what grows with the number of rows.
 *
 * Deleted rows are overwritten in the file, and in the `-wal` file beside it as soon as no other connection is in the way.
 *
 * What the database throws becomes `STORAGE_UNAVAILABLE` with the `SqliteError` as its cause.
 *
 * @example
 * const storageManager = new StorageManager(new SqliteStorageAdapter({ file: 'townkrier.db' }), { hashKey });
 */
export class SqliteStorageAdapter implements StorageAdapter {
  readonly durability = 'machine';
  readonly contentPrivacyLevel: ContentPrivacy;
  readonly #database: SqliteDatabase;
  readonly #finder: LogFinder;
  readonly #writer: LogWriter;
  readonly #commits: GroupCommit<LogWrite>;
  readonly #eraser: WalEraser;
  readonly #stopRetention: () => void;
  readonly #inHand = new CallsInHand();
  #closing: Promise<void> | undefined;

  /**
   * Opens the file, or makes it.
   * @throws {TownKrierError} `CONFIG_INVALID`
   * @throws {SqliteError} `SQLITE_MISSING`, `SQLITE_CANNOT_OPEN`, `SQLITE_SCHEMA_TOO_NEW`, `SQLITE_CORRUPT`.
   */
  constructor(options: SqliteStorageAdapterOptions) {
    const { clock, retentionDays, cleanupInterval, autoCleanup, contentPrivacyLevel, ...file } =
      resolveSqliteStorageOptions(options);
    this.contentPrivacyLevel = contentPrivacyLevel;
    this.#database = openDatabase(file);
    this.#finder = new LogFinder(this.#database);
    this.#writer = new LogWriter(this.#database.connection);
    this.#commits = new GroupCommit((group) => this.#commit(group));
    this.#eraser = new WalEraser(this.#database, clock);
    this.#stopRetention = autoCleanup
      ? startRetention(this, { clock, retentionDays, interval: cleanupInterval })
      : () => {};
  }

  async save(logs: readonly NotificationLog[]): Promise<void> {
    this.#assertOpen();
    if (logs.length === 0) return;
    // Taken down now: by the time of the commit the caller may have changed them.
    const rows = logs.map(toInsertedLog);
    await this.#inHand.add(
      this.#write<void>((settle) => ({ kind: 'save', logs: rows, rows: rows.length, ...settle })),
    );
  }

  async update(id: string, patch: NotificationLogPatch): Promise<NotificationLog> {
    this.#assertOpen();
    const changes = toChangedColumns(patch);
    const write = { kind: 'update', id: toStorableText(id), changes, rows: 1 } as const;
    const log = await this.#inHand.add(this.#write<NotificationLog>((settle) => ({ ...write, ...settle })));
    // A level that was raised has removed content.
    if (patch.contentPrivacy !== undefined) this.#eraser.erase();
    return log;
  }

  async get(id: string): Promise<NotificationLog | null> {
    return this.#read(() => this.#finder.get(id));
  }

  async getByIdempotencyKey(idempotencyKey: string): Promise<NotificationLog | null> {
    return this.#read(() => this.#finder.getByIdempotencyKey(idempotencyKey));
  }

  async query(query: LogQuery): Promise<LogPage> {
    return this.#read(() => this.#finder.find(query));
  }

  async stats(filters: StatsFilters): Promise<StorageStats> {
    return this.#read(() => toStorageStats(this.#finder.count(filters)));
  }

  /** As the contract says, in transactions of 250 rows. */
  async deleteOlderThan(moment: Date, limit: number): Promise<number> {
    this.#assertOpen();
    const before = moment.getTime();
    const count = await this.#inHand.add(this.#deleteInSteps({ before }, limit));
    // More is to come otherwise, and one truncation at the end is enough.
    if (count > 0 && count < limit) this.#eraser.erase();
    return count;
  }

  /** As the contract says, in transactions of 250 rows. */
  async deleteByRecipient(recipientHash: string): Promise<number> {
    this.#assertOpen();
    const of = { recipientHash: toStorableText(recipientHash) };
    const count = await this.#inHand.add(this.#deleteInSteps(of, Number.POSITIVE_INFINITY));
    if (count > 0) this.#eraser.erase();
    return count;
  }

  /** Waits for the calls in hand, and closes the file. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#stopRetention();
    await this.#inHand.idle();
    this.#eraser.close();
    this.#database.close();
  }

  async #deleteInSteps(of: DeleteWrite['of'], limit: number): Promise<number> {
    let total = 0;
    while (total < limit) {
      const rows = Math.min(DELETED_AT_ONCE, limit - total);
      const count = await this.#write<number>((settle) => ({ kind: 'delete', of, rows, ...settle }));
      total += count;
      if (count < rows) break;
    }
    return total;
  }

  /** Hands a write to the next commit. */
  #write<Result>(toWrite: (settle: Settle<Result>) => LogWrite): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#commits.add(toWrite({ resolve, reject: (error) => reject(toStorageError(error)) }));
    });
  }

  async #commit(group: readonly LogWrite[]): Promise<void> {
    const settlements = await this.#database.write(() => this.#writer.write(group));
    for (const settle of settlements) settle();
  }

  #read<Result>(work: () => Result): Result {
    this.#assertOpen();
    try {
      return work();
    } catch (error) {
      throw toStorageError(error);
    }
  }

  #assertOpen(): void {
    if (this.#closing === undefined) return;
    const message = 'The storage adapter is closed. Create a new one.';
    throw new StorageError(StorageErrorCode.STORAGE_CLOSED, message);
  }
}

/** How a write ends. */
interface Settle<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** A connection of its own that overwrites what is deleted. */
function openDatabase(file: ConstructorParameters<typeof SqliteDatabase>[0]): SqliteDatabase {
  const database = new SqliteDatabase(file);
  try {
    database.migrate('storage', STORAGE_MIGRATIONS);
    database.connection.exec('PRAGMA secure_delete = ON');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function toInsertedLog(log: NotificationLog): SaveWrite['logs'][number] {
  return {
    values: toColumnValues(log),
    counted: {
      channel: toStorableText(log.channel),
      status: log.status,
      reached: reachedBy(log),
      created_at: log.createdAt.getTime(),
      notification_type: log.notificationType === undefined ? null : toStorableText(log.notificationType),
      provider: log.provider === undefined ? null : toStorableText(log.provider),
    },
  };
}

/** A failure of the database as one of the log; every other stays what it is. */
function toStorageError(error: unknown): unknown {
  const isOfDatabase = TownKrierError.is(error) && Object.hasOwn(SqliteErrorCode, error.code);
  if (!isOfDatabase) return error;
  return new StorageError(StorageErrorCode.STORAGE_UNAVAILABLE, error.message, { cause: error });
}
