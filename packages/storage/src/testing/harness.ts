import type { NotificationLog } from '../notification-log.ts';
import type { StorageAdapter } from '../storage-adapter.ts';

/** What a backend keeps of a row, read past the adapter. */
export type RawLog = Pick<NotificationLog, 'id' | 'status' | 'channel' | 'recipient' | 'attempts'> &
  Partial<Pick<NotificationLog, 'subject' | 'error'>>;

/**
 * One fresh adapter over an empty backend (a new schema, file or key prefix), and the means to test it that are not the adapter's own.
 * The suite makes one for every case and closes it afterwards.
 */
export interface StorageAdapterHarness {
  readonly adapter: StorageAdapter;
  /** Reads a row by other means than the adapter: a query of one's own, the raw key, the map itself. `null` when the backend keeps no such row. */
  inspect(id: string): Promise<RawLog | null>;
  /** Counts all rows by other means than the adapter. */
  countRows(): Promise<number>;
  /** Loses the adapter as `kill -9` would and opens a new one over what is stored. Needed when its `durability` is `machine`, as it is when it says nothing. */
  restart?(): Promise<StorageAdapter>;
  /** Frees everything, also after a case that failed half way. Called once. */
  close(): Promise<void>;
}
