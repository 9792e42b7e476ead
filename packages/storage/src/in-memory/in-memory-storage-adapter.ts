import { StorageError, StorageErrorCode } from '../errors.ts';
import {
  type ContentPrivacy,
  isFinishedStatus,
  type NotificationLog,
  NotificationLogStatus,
} from '../notification-log.ts';
import { startRetention } from '../retention.ts';
import type {
  LogPage,
  LogQuery,
  NotificationLogPatch,
  StatsFilters,
  StorageAdapter,
  StorageStats,
} from '../storage-adapter.ts';
import { type InMemoryStorageAdapterOptions, resolveInMemoryOptions } from './in-memory-storage-options.ts';
import { countLogs } from './log-counts.ts';
import { compareBy, type LogEntry } from './log-entry.ts';
import { createdBetween } from './log-group.ts';
import { queryTable } from './log-query.ts';
import { snapshotOf } from './log-snapshot.ts';
import { LogTable } from './log-table.ts';
import { lengthOf, mergeSlices, type Slice } from './merge-slices.ts';

const FINISHED = new Set(Object.values(NotificationLogStatus).filter(isFinishedStatus));
const OLDEST_FIRST = { compare: compareBy('createdAt'), backwards: false };

/**
 * Keeps the delivery log in this process, for tests, development and small apps. Bounded: beyond `maxLogs` the oldest finished rows go.
 *
 * Queries and statistics are answered from indexes and cost about the same at a thousand rows and at a million; `queryTable` names the exceptions.
 * Every row is copied on its way in and out.
 */
export class InMemoryStorageAdapter implements StorageAdapter {
  readonly durability = 'process';
  readonly contentPrivacyLevel: ContentPrivacy;
  readonly #maxLogs: number;
  readonly #table: LogTable;
  readonly #stopRetention: () => void;
  #isClosed = false;

  /**
   * @param rows - Where the rows are kept, for a test that reads them behind the adapter's back.
   * @throws {TownKrierError} `CONFIG_INVALID`
   */
  constructor(options: InMemoryStorageAdapterOptions = {}, rows: LogTable = new LogTable()) {
    this.#table = rows;
    const { clock, retentionDays, cleanupInterval, ...resolved } = resolveInMemoryOptions(options);
    this.contentPrivacyLevel = resolved.contentPrivacyLevel;
    this.#maxLogs = resolved.maxLogs;
    this.#stopRetention = resolved.autoCleanup
      ? startRetention(this, { clock, retentionDays, interval: cleanupInterval })
      : () => {};
  }

  async save(logs: readonly NotificationLog[]): Promise<void> {
    this.#assertOpen();
    this.#assertNew(logs);
    this.#makeRoom(logs.length);
    for (const log of logs) this.#table.insert(snapshotOf(log));
  }

  async update(id: string, patch: NotificationLogPatch): Promise<NotificationLog> {
    this.#assertOpen();
    const entry = this.#table.get(id);
    if (entry === undefined) {
      throw new StorageError(
        StorageErrorCode.STORAGE_LOG_NOT_FOUND,
        `There is no log with id ${JSON.stringify(id)}.`,
      );
    }
    const { createdAt, idempotencyKey } = entry.log;
    if (patch.idempotencyKey !== undefined && patch.idempotencyKey !== idempotencyKey)
      this.#assertNewKey(patch.idempotencyKey);
    const next = snapshotOf(withPatch(entry.log, patch));
    this.#table.replace(entry, { ...next, id, createdAt });
    return snapshotOf(next);
  }

  async get(id: string): Promise<NotificationLog | null> {
    this.#assertOpen();
    return this.#snapshot(this.#table.get(id));
  }

  async getByIdempotencyKey(idempotencyKey: string): Promise<NotificationLog | null> {
    this.#assertOpen();
    return this.#snapshot(this.#table.getByIdempotencyKey(idempotencyKey));
  }

  async query(query: LogQuery): Promise<LogPage> {
    this.#assertOpen();
    const { rows, total } = queryTable(this.#table, query);
    return { logs: rows.map(snapshotOf), total };
  }

  async stats(filters: StatsFilters): Promise<StorageStats> {
    this.#assertOpen();
    return countLogs(this.#table, filters);
  }

  async deleteOlderThan(moment: Date, limit: number): Promise<number> {
    this.#assertOpen();
    const before = moment.getTime() - 1;
    const old = this.#table.all
      .segments()
      .map((segment) => createdBetween(segment, Number.NEGATIVE_INFINITY, before));
    return this.#deleteOldest(old, limit);
  }

  async deleteByRecipient(recipientHash: string): Promise<number> {
    this.#assertOpen();
    const group = this.#table.group('recipientHash', recipientHash);
    const entries = [...group.entries({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY })];
    for (const entry of entries) this.#table.remove(entry);
    return entries.length;
  }

  /** Forgets every row and stops cleaning up. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopRetention();
    this.#table.clear();
  }

  #snapshot(entry: LogEntry | undefined): NotificationLog | null {
    return entry === undefined ? null : snapshotOf(entry.log);
  }

  #assertOpen(): void {
    if (!this.#isClosed) return;
    throw new StorageError(
      StorageErrorCode.STORAGE_CLOSED,
      'The storage adapter is closed. Create a new one.',
    );
  }

  #assertNew(logs: readonly NotificationLog[]): void {
    const ids = new Set<string>();
    const keys = new Set<string>();
    for (const { id, idempotencyKey } of logs) {
      if (this.#table.get(id) !== undefined || ids.has(id)) {
        throw new StorageError(
          StorageErrorCode.STORAGE_DUPLICATE,
          `There is a log with id ${JSON.stringify(id)} already.`,
        );
      }
      ids.add(id);
      if (idempotencyKey === undefined) continue;
      this.#assertNewKey(idempotencyKey, keys);
      keys.add(idempotencyKey);
    }
  }

  #assertNewKey(key: string, alsoTaken: ReadonlySet<string> = new Set()): void {
    if (this.#table.getByIdempotencyKey(key) === undefined && !alsoTaken.has(key)) return;
    const message = `There is a log with idempotency key ${JSON.stringify(key)} already.`;
    throw new StorageError(StorageErrorCode.STORAGE_DUPLICATE, message);
  }

  #makeRoom(rows: number): void {
    const excess = this.#table.size + rows - this.#maxLogs;
    if (excess <= 0) return;
    const finished = this.#table.all
      .segments({ statuses: FINISHED })
      .map((segment) => createdBetween(segment, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY));
    if (excess > lengthOf(finished)) {
      const message = `${rows} more rows exceed maxLogs ${this.#maxLogs}, and too few rows are finished to make room. Raise maxLogs, or use a durable adapter.`;
      throw new StorageError(StorageErrorCode.STORAGE_FULL, message);
    }
    this.#deleteOldest(finished, excess);
  }

  #deleteOldest(slices: readonly Slice<LogEntry>[], limit: number): number {
    const oldest: LogEntry[] = [];
    for (const entry of mergeSlices(slices, OLDEST_FIRST)) {
      if (oldest.length >= limit) break;
      oldest.push(entry);
    }
    for (const entry of oldest) this.#table.remove(entry);
    return oldest.length;
  }
}

/** A patch may name a key as `undefined` to remove it; `snapshotOf` leaves those out. */
function withPatch(log: NotificationLog, patch: NotificationLogPatch): NotificationLog {
  // Only optional keys may be undefined in a patch, which the spread's type cannot tell.
  return { ...log, ...patch } as NotificationLog;
}
