import { type ChannelName, type Clock, type DeliveryMiddleware, TypedEmitter } from '@townkrier/core';
import { StorageError, StorageErrorCode } from './errors.ts';
import { type Explanation, explainLogs } from './explanation.ts';
import { MAX_PAGE_SIZE, parseFilters, parseMoment, parseStatsFilters } from './log-filters.ts';
import type { NotificationLogChanges } from './log-input.ts';
import { LogWriter } from './log-writer.ts';
import type { NewNotificationLog, NotificationLog } from './notification-log.ts';
import { createRecipientHasher, type RecipientHasher } from './recipient-hash.ts';
import { recipientText } from './recipient-text.ts';
import { type RecordOptions, resolveRecordOptions } from './record-options.ts';
import { DeliveryRecorder } from './recorder.ts';
import { deleteInBatches } from './retention.ts';
import type { LogFilters, LogPage, StatsFilters, StorageAdapter, StorageStats } from './storage-adapter.ts';
import type {
  LogsDeletedEvent,
  StorageEventListener,
  StorageEventName,
  StorageEvents,
} from './storage-events.ts';
import { resolveStorageManagerOptions, type StorageManagerOptions } from './storage-manager-options.ts';

/** The part of a `NotificationManager` that recording needs. */
export interface RecordedManager {
  use(middleware: DeliveryMiddleware): () => void;
}

/**
 * The delivery log: what was sent, when, by whom and with what result, with people and secrets masked before anything reaches the adapter.
 *
 * Let it write itself with {@link StorageManager.record}; `logNotification` is for what happens outside of TownKrier.
 *
 * @example
 * const storageManager = new StorageManager(new InMemoryStorageAdapter());
 * storageManager.record(notificationManager);
 */
export class StorageManager {
  readonly #adapter: StorageAdapter;
  readonly #clock: Clock;
  readonly #hashRecipient: RecipientHasher;
  readonly #events: TypedEmitter<StorageEvents>;
  readonly #writer: LogWriter;
  readonly #recorded = new WeakSet<RecordedManager>();

  /** @throws {TownKrierError} `CONFIG_INVALID`; also when a durable adapter is used without `hashKey`. */
  constructor(adapter: StorageAdapter, options: StorageManagerOptions = {}) {
    const { hashKey, clock, createId, onListenerError } = resolveStorageManagerOptions(options, adapter);
    this.#adapter = adapter;
    this.#clock = clock;
    this.#hashRecipient = createRecipientHasher(hashKey);
    this.#events = new TypedEmitter<StorageEvents>({ onListenerError });
    this.#writer = new LogWriter({
      adapter,
      clock,
      createId,
      hashRecipient: this.#hashRecipient,
      events: this.#events,
    });
  }

  /**
   * Lets the log write itself: from now on every delivery of a notification manager has one row here, from the queue to the provider's answer, with each
   * failed try in `retryLogs`. A send waits for its rows, but a log that fails or hangs never fails a send; `record:failed` tells.
   *
   * @returns Its undo. Deliveries under way are recorded to their end.
   * @throws {StorageError} `STORAGE_ALREADY_RECORDING` while the manager is recorded here.
   * @throws {TownKrierError} `CONFIG_INVALID`
   */
  record(notificationManager: RecordedManager, options: RecordOptions = {}): () => void {
    const resolved = resolveRecordOptions(options);
    if (this.#recorded.has(notificationManager)) {
      const message =
        'This notification manager is recorded already. Undo that first to record it with other options.';
      throw new StorageError(StorageErrorCode.STORAGE_ALREADY_RECORDING, message);
    }
    const stop = notificationManager.use(
      new DeliveryRecorder({
        adapter: this.#adapter,
        writer: this.#writer,
        clock: this.#clock,
        events: this.#events,
        options: resolved,
      }),
    );
    this.#recorded.add(notificationManager);
    return () => {
      this.#recorded.delete(notificationManager);
      stop();
    };
  }

  /**
   * Stores a row. Its text is masked by its own `contentPrivacy`, else the adapter's level, else `masked`.
   *
   * @returns The row as stored.
   * @throws {StorageError} `STORAGE_LOG_INVALID`; `STORAGE_DUPLICATE` when its `idempotencyKey` has a row.
   */
  async logNotification(log: NewNotificationLog): Promise<NotificationLog> {
    return this.#writer.create(log);
  }

  /**
   * Changes a row; new text is masked like that of a new one. `contentPrivacy` may be raised, which masks all of the row again, and not lowered. The recipient
   * is not known any more: name people that new text speaks of in `personalValues`.
   *
   * @throws {StorageError} `STORAGE_LOG_NOT_FOUND`; `STORAGE_LOG_INVALID`; `STORAGE_PRIVACY_LOWERED`.
   */
  async updateLog(id: string, updates: NotificationLogChanges): Promise<NotificationLog> {
    return this.#writer.change(id, () => updates);
  }

  /** The row, or `null`. */
  async getLog(id: string): Promise<NotificationLog | null> {
    return this.#adapter.get(id);
  }

  /**
   * A page of rows and how many match in all. `recipient` is a whole address in clear; it is hashed before it is looked for.
   * @throws {StorageError} `STORAGE_FILTER_INVALID`
   */
  async queryLogs(filters: LogFilters = {}): Promise<LogPage> {
    return this.#adapter.query(parseFilters(filters, this.#hashRecipient));
  }

  /** @throws {StorageError} `STORAGE_FILTER_INVALID` */
  async getStats(filters: StatsFilters = {}): Promise<StorageStats> {
    return this.#adapter.stats(parseStatsFilters(filters));
  }

  /**
   * Deletes the rows created before a moment, in batches.
   * @returns How many.
   * @throws {StorageError} `STORAGE_FILTER_INVALID`
   */
  async cleanup(olderThan: Date): Promise<number> {
    const count = await deleteInBatches(
      this.#adapter,
      parseMoment(olderThan, 'The moment to clean up before'),
    );
    this.#tellDeleted(count, 'cleanup');
    return count;
  }

  /**
   * Deletes every row of a recipient, `private` ones included. Rows that are written meanwhile by deliveries under way come back: withdraw those first.
   *
   * @param recipient - The address in clear, or as the recipient gave it, with its channel.
   * @returns How many rows; 0 when there are none (any more).
   */
  async eraseRecipient(
    recipient: string | { readonly channel: ChannelName; readonly address: unknown },
  ): Promise<number> {
    const address =
      typeof recipient === 'string' ? recipient : recipientText(recipient.channel, recipient.address);
    const count = await this.#adapter.deleteByRecipient(this.#hashRecipient(address));
    this.#tellDeleted(count, 'erasure');
    return count;
  }

  /**
   * Says what was decided about a notification and why, in order and with times.
   *
   * @param id - Of a row, or of a notification; the latter explains all of its deliveries.
   * @returns `null` when there is neither.
   */
  async explain(id: string): Promise<Explanation | null> {
    const log = await this.#adapter.get(id);
    if (log !== null) return explainLogs([log]);
    const { logs } = await this.queryLogs({ notificationId: id, limit: MAX_PAGE_SIZE, sortOrder: 'asc' });
    return logs.length === 0 ? null : explainLogs(logs);
  }

  /** Listens; returns its own undo. Events carry ids and states, never recipients or content. */
  on<Name extends StorageEventName>(event: Name, listener: StorageEventListener<Name>): () => void {
    return this.#events.on(event, listener);
  }

  /** Closes the adapter. Idempotent. */
  async close(): Promise<void> {
    await this.#adapter.close?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #tellDeleted(count: number, cause: LogsDeletedEvent['cause']): void {
    if (count > 0) this.#events.emit('log:deleted', { at: new Date(this.#clock.now()), count, cause });
  }
}
