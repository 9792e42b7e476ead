import type { ChannelName } from '@townkrier/core';
import type { ContentPrivacy, NotificationLog, NotificationLogStatus } from './notification-log.ts';

/** The moments a list can be sorted by. Rows that lack the moment come last in either order. */
export const LogSortKey = {
  CREATED_AT: 'createdAt',
  UPDATED_AT: 'updatedAt',
  SENT_AT: 'sentAt',
  DELIVERED_AT: 'deliveredAt',
  FAILED_AT: 'failedAt',
} as const;
export type LogSortKey = (typeof LogSortKey)[keyof typeof LogSortKey];

/** What narrows a list of rows. All given conditions must hold. */
export interface LogFilters {
  readonly channel?: ChannelName;
  readonly status?: NotificationLogStatus | readonly NotificationLogStatus[];
  /** A whole address in clear. The manager hashes it; adapters see `recipientHash` only. */
  readonly recipient?: string;
  readonly notificationId?: string;
  readonly notificationType?: string;
  readonly jobId?: string;
  readonly provider?: string;
  /** Rows created at or after. */
  readonly startDate?: Date;
  /** Rows created at or before. */
  readonly endDate?: Date;
  /** Page size, 1 to 1000. @default 50 */
  readonly limit?: number;
  /** @default 0 */
  readonly offset?: number;
  /** @default 'createdAt' */
  readonly sortBy?: LogSortKey;
  /** Rows of the same moment are ordered by id, in the same direction. @default 'desc' */
  readonly sortOrder?: 'asc' | 'desc';
}

/** What an adapter is asked: checked, with the recipient as a hash. */
export type LogQuery = Omit<LogFilters, 'recipient'> &
  Required<Pick<LogFilters, 'limit' | 'offset' | 'sortBy' | 'sortOrder'>> & {
    readonly recipientHash?: string;
  };

/** A page of rows, and how many match in all. */
export interface LogPage {
  readonly logs: NotificationLog[];
  readonly total: number;
}

/** What narrows statistics. */
export interface StatsFilters {
  readonly channel?: ChannelName;
  /** Rows created at or after. */
  readonly startDate?: Date;
  /** Rows created at or before. */
  readonly endDate?: Date;
}

/**
 * Counts by what happened, not by where a row stands now: a delivered notification was also sent, so `delivered ≤ sent`. `failed`, `retrying`,
 * `byStatus` count the present status, except that `byStatus.sent` includes the delivered.
 */
export interface StorageStats {
  readonly total: number;
  readonly sent: number;
  readonly delivered: number;
  readonly failed: number;
  readonly retrying: number;
  /** Rows by channel; channels without rows are left out. */
  readonly byChannel: Readonly<Record<string, number>>;
  /** Rows by status; statuses without rows are left out. */
  readonly byStatus: Readonly<Record<string, number>>;
}

type OptionalKeys<Row> = { [Key in keyof Row]-?: object extends Pick<Row, Key> ? Key : never }[keyof Row];
type Changeable = Omit<NotificationLog, 'id' | 'createdAt'>;

/** Changes to a row. Already masked. A key that is absent stays as it is; an optional one that is `undefined` is removed. */
export type NotificationLogPatch = {
  readonly [Key in keyof Changeable]?:
    | Changeable[Key]
    | (Key extends OptionalKeys<Changeable> ? undefined : never);
};

/**
 * Keeps rows that are already masked: `StorageManager` lets nothing else through. Checked by `storageAdapterConformance` of
 * `@townkrier/storage/testing`. Every method is atomic; what is returned is a snapshot.
 */
export interface StorageAdapter {
  /**
   * What a stored row survives: the end of the process (`machine`), or not (`process`). Recipients are hashed with a random key for the latter;
   * the former needs a `hashKey`, or rows could not be found after a restart. @default 'machine'
   */
  readonly durability?: 'process' | 'machine';
  /** How much of a message is kept where neither the row nor the notification says. @default 'masked' */
  readonly contentPrivacyLevel?: ContentPrivacy;
  /**
   * Stores rows; all or none. Resolves when they are as durable as the adapter claims.
   * @throws {StorageError} `STORAGE_DUPLICATE` for an id or an idempotency key that exists, also twice among these rows.
   */
  save(logs: readonly NotificationLog[]): Promise<void>;
  /** Changes a row and returns it whole. @throws {StorageError} `STORAGE_LOG_NOT_FOUND`, having changed nothing. */
  update(id: string, patch: NotificationLogPatch): Promise<NotificationLog>;
  /** The row, or `null`. */
  get(id: string): Promise<NotificationLog | null>;
  /** The row of one delivery, or `null`. */
  getByIdempotencyKey(idempotencyKey: string): Promise<NotificationLog | null>;
  /** A page, in a stable order, with the number that match. */
  query(query: LogQuery): Promise<LogPage>;
  stats(filters: StatsFilters): Promise<StorageStats>;
  /** Deletes rows created before a moment, the oldest first, at most `limit`. @returns how many. */
  deleteOlderThan(moment: Date, limit: number): Promise<number>;
  /** Deletes all rows of a recipient. @returns how many. */
  deleteByRecipient(recipientHash: string): Promise<number>;
  /** Frees what it opened. Idempotent. Every other method is refused from the call on (`STORAGE_CLOSED`). */
  close?(): Promise<void>;
}

/** The name this contract had first. */
export type IStorageAdapter = StorageAdapter;
