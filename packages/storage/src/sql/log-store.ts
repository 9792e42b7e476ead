import type { LogCount } from '../log-statistics.ts';
import type { NotificationLog } from '../notification-log.ts';
import type { LogPage, LogQuery, StatsFilters } from '../storage-adapter.ts';
import type { LogWrite } from './log-writes.ts';

/** Rows in a database, for a `StoreStorageAdapter` that does the rest. Texts come as `toStorableText` makes them, except in queries. */
export interface LogStore {
  /** Rows deleted in one transaction: as many as hold up nobody for long. */
  readonly deletedAtOnce: number;
  /**
   * Does some writes, in order, and resolves or rejects each of them once that is durable. One that fails by its own fault (`STORAGE_DUPLICATE`,
   * `STORAGE_LOG_NOT_FOUND`, `STORAGE_LOG_INVALID`) changes nothing and does not hinder the others. When it throws, those that are not settled are rejected.
   */
  commit(group: readonly LogWrite[]): Promise<void>;
  get(id: string): Promise<NotificationLog | null>;
  getByIdempotencyKey(idempotencyKey: string): Promise<NotificationLog | null>;
  find(query: LogQuery): Promise<LogPage>;
  /** How many rows there are of each kind; one kind may come in several pieces. */
  count(filters: StatsFilters): Promise<readonly LogCount[]>;
  /** Told after content was deleted, for a database that keeps it anywhere else. */
  afterErasure?(): void;
  /** An error of the database as one of the log; every other as it is. */
  toStorageError(error: unknown): unknown;
  /** Frees what was opened. Called once, when no call is in hand. */
  close(): Promise<void>;
}
