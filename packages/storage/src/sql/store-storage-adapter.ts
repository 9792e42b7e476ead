import type { Clock } from '@townkrier/core';
import { CallsInHand } from '../calls-in-hand.ts';
import { StorageError, StorageErrorCode } from '../errors.ts';
import { GroupCommit } from '../group-commit.ts';
import { toStorageStats } from '../log-statistics.ts';
import type { ContentPrivacy, NotificationLog } from '../notification-log.ts';
import { startRetention } from '../retention.ts';
import type {
  LogPage,
  LogQuery,
  NotificationLogPatch,
  StatsFilters,
  StorageAdapter,
  StorageStats,
} from '../storage-adapter.ts';
import { toChangedColumns, toStorableText } from './log-columns.ts';
import type { LogStore } from './log-store.ts';
import { type DeletedLogs, type LogWrite, toNewLogRow } from './log-writes.ts';

/** Options of a {@link StoreStorageAdapter} with every default applied. */
export interface ResolvedStorageAdapterOptions {
  readonly contentPrivacyLevel: ContentPrivacy;
  readonly autoCleanup: boolean;
  /** Days. */
  readonly retentionDays: number;
  /** Milliseconds. */
  readonly cleanupInterval: number;
  readonly clock: Clock;
}

/** How a write ends. */
interface Settle<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A delivery log on a {@link LogStore}: writes of one turn of the event loop share a commit, rows that are too old are deleted if that is wanted, and `close()`
 * waits for what is under way.
 */
export class StoreStorageAdapter implements StorageAdapter {
  readonly durability = 'machine';
  readonly contentPrivacyLevel: ContentPrivacy;
  readonly #store: LogStore;
  readonly #commits: GroupCommit<LogWrite>;
  readonly #inHand = new CallsInHand();
  readonly #stopRetention: () => void;
  #closing: Promise<void> | undefined;

  constructor(store: LogStore, options: ResolvedStorageAdapterOptions) {
    const { clock, retentionDays, cleanupInterval } = options;
    this.contentPrivacyLevel = options.contentPrivacyLevel;
    this.#store = store;
    this.#commits = new GroupCommit((group) => store.commit(group));
    this.#stopRetention = options.autoCleanup
      ? startRetention(this, { clock, retentionDays, interval: cleanupInterval })
      : () => {};
  }

  async save(logs: readonly NotificationLog[]): Promise<void> {
    return this.#call(async () => {
      if (logs.length === 0) return;
      // Taken down now: by the time of the commit the caller may have changed them.
      const rows = logs.map(toNewLogRow);
      await this.#write<void>((settle) => ({ kind: 'save', logs: rows, rows: rows.length, ...settle }));
    });
  }

  async update(id: string, patch: NotificationLogPatch): Promise<NotificationLog> {
    return this.#call(async () => {
      const write = {
        kind: 'update',
        id: toStorableText(id),
        changes: toChangedColumns(patch),
        rows: 1,
      } as const;
      const log = await this.#write<NotificationLog>((settle) => ({ ...write, ...settle }));
      // A level that was raised has removed content.
      if (patch.contentPrivacy !== undefined) this.#store.afterErasure?.();
      return log;
    });
  }

  async get(id: string): Promise<NotificationLog | null> {
    return this.#call(() => this.#store.get(toStorableText(id)));
  }

  async getByIdempotencyKey(idempotencyKey: string): Promise<NotificationLog | null> {
    return this.#call(() => this.#store.getByIdempotencyKey(toStorableText(idempotencyKey)));
  }

  async query(query: LogQuery): Promise<LogPage> {
    return this.#call(() => this.#store.find(query));
  }

  async stats(filters: StatsFilters): Promise<StorageStats> {
    return this.#call(async () => toStorageStats(await this.#store.count(filters)));
  }

  /** As the contract says; what is more than a transaction should hold goes in several. */
  async deleteOlderThan(moment: Date, limit: number): Promise<number> {
    return this.#call(async () => {
      const count = await this.#deleteInSteps({ before: moment.getTime() }, limit);
      // More is to come otherwise, and once at the end is enough.
      if (count > 0 && count < limit) this.#store.afterErasure?.();
      return count;
    });
  }

  /** As the contract says; what is more than a transaction should hold goes in several. */
  async deleteByRecipient(recipientHash: string): Promise<number> {
    return this.#call(async () => {
      const of = { recipientHash: toStorableText(recipientHash) };
      const count = await this.#deleteInSteps(of, Number.POSITIVE_INFINITY);
      if (count > 0) this.#store.afterErasure?.();
      return count;
    });
  }

  /** Waits for the calls in hand, and frees what was opened. Idempotent. */
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
    await this.#store.close();
  }

  async #deleteInSteps(of: DeletedLogs, limit: number): Promise<number> {
    let total = 0;
    while (total < limit) {
      const rows = Math.min(this.#store.deletedAtOnce, limit - total);
      const count = await this.#write<number>((settle) => ({ kind: 'delete', of, rows, ...settle }));
      total += count;
      if (count < rows) break;
    }
    return total;
  }

  /** Hands a write to the next commit. */
  #write<Result>(toWrite: (settle: Settle<Result>) => LogWrite): Promise<Result> {
    return new Promise<Result>((resolve, reject) => this.#commits.add(toWrite({ resolve, reject })));
  }

  async #call<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#closing !== undefined) {
      const message = 'The storage adapter is closed. Create a new one.';
      throw new StorageError(StorageErrorCode.STORAGE_CLOSED, message);
    }
    try {
      return await this.#inHand.add(work());
    } catch (error) {
      throw this.#store.toStorageError(error);
    }
  }
}
