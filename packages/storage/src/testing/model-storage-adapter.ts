import { StorageError, StorageErrorCode } from '../errors.ts';
import type { NotificationLog } from '../notification-log.ts';
import type {
  LogPage,
  LogQuery,
  NotificationLogPatch,
  StatsFilters,
  StorageAdapter,
  StorageStats,
} from '../storage-adapter.ts';

const EQUAL_FIELDS = [
  'channel',
  'recipientHash',
  'notificationId',
  'notificationType',
  'jobId',
  'provider',
] as const;

/** The contract written down as plainly as it goes: one list, read from end to end for every answer. What the fast adapter does must equal this. */
export class ModelStorageAdapter implements StorageAdapter {
  readonly durability: 'process' | 'machine' = 'process';
  rows: NotificationLog[] = [];
  #isClosed = false;

  async save(logs: readonly NotificationLog[]): Promise<void> {
    this.assertOpen();
    const ids = new Set(this.rows.map(({ id }) => id));
    const keys = new Set(this.rows.map(({ idempotencyKey }) => idempotencyKey));
    for (const { id, idempotencyKey } of logs) {
      const isTaken = ids.has(id) || (idempotencyKey !== undefined && keys.has(idempotencyKey));
      if (isTaken) throw new StorageError(StorageErrorCode.STORAGE_DUPLICATE, 'taken');
      ids.add(id);
      keys.add(idempotencyKey);
    }
    this.rows.push(...structuredClone([...logs]));
  }

  async update(id: string, patch: NotificationLogPatch): Promise<NotificationLog> {
    this.assertOpen();
    const index = this.rows.findIndex((row) => row.id === id);
    const row = this.rows[index];
    if (row === undefined) throw new StorageError(StorageErrorCode.STORAGE_LOG_NOT_FOUND, 'not found');
    const { idempotencyKey } = patch;
    if (
      idempotencyKey !== undefined &&
      this.rows.some((other) => other.id !== id && other.idempotencyKey === idempotencyKey)
    ) {
      throw new StorageError(StorageErrorCode.STORAGE_DUPLICATE, 'taken');
    }
    this.rows[index] = structuredClone(mergePatch(row, patch));
    return structuredClone(mergePatch(row, patch));
  }

  async get(id: string): Promise<NotificationLog | null> {
    this.assertOpen();
    return structuredClone(this.rows.find((row) => row.id === id) ?? null);
  }

  async getByIdempotencyKey(idempotencyKey: string): Promise<NotificationLog | null> {
    this.assertOpen();
    return structuredClone(this.rows.find((row) => row.idempotencyKey === idempotencyKey) ?? null);
  }

  async query(query: LogQuery): Promise<LogPage> {
    this.assertOpen();
    const matching = this.rows
      .filter((row) => matches(row, query))
      .sort((left, right) => compare(left, right, query));
    const logs = structuredClone(matching.slice(query.offset, query.offset + query.limit));
    return { logs, total: matching.length };
  }

  async stats(filters: StatsFilters): Promise<StorageStats> {
    this.assertOpen();
    const rows = this.rows.filter((row) => matches(row, filters));
    const byStatus = countBy(rows, ({ status }) => status);
    if (byStatus['delivered']) byStatus['sent'] = (byStatus['sent'] ?? 0) + byStatus['delivered'];
    const isDelivered = (row: NotificationLog): boolean =>
      row.status === 'delivered' || row.deliveredAt !== undefined;
    return {
      total: rows.length,
      sent: rows.filter((row) => isDelivered(row) || row.status === 'sent' || row.sentAt !== undefined)
        .length,
      delivered: rows.filter(isDelivered).length,
      failed: rows.filter(({ status }) => status === 'failed').length,
      retrying: rows.filter(({ status }) => status === 'retrying').length,
      byChannel: countBy(rows, ({ channel }) => channel),
      byStatus,
    };
  }

  async deleteOlderThan(moment: Date, limit: number): Promise<number> {
    this.assertOpen();
    const old = this.rows
      .filter(({ createdAt }) => createdAt < moment)
      .sort((left, right) => compare(left, right, { sortBy: 'createdAt', sortOrder: 'asc' }))
      .slice(0, limit);
    this.rows = this.rows.filter((row) => !old.includes(row));
    return old.length;
  }

  async deleteByRecipient(recipientHash: string): Promise<number> {
    this.assertOpen();
    const before = this.rows.length;
    this.rows = this.rows.filter((row) => row.recipientHash !== recipientHash);
    return before - this.rows.length;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  assertOpen(): void {
    if (this.#isClosed) throw new StorageError(StorageErrorCode.STORAGE_CLOSED, 'closed');
  }
}

/** A row with a patch laid over it. */
export function mergePatch(row: NotificationLog, patch: NotificationLogPatch): NotificationLog {
  const merged = Object.entries({ ...row, ...patch, id: row.id, createdAt: row.createdAt });
  return Object.fromEntries(merged.filter(([, value]) => value !== undefined)) as unknown as NotificationLog;
}

function matches(row: NotificationLog, query: StatsFilters & Partial<LogQuery>): boolean {
  const statuses = query.status === undefined ? undefined : [query.status].flat();
  return (
    EQUAL_FIELDS.every((field) => query[field] === undefined || row[field] === query[field]) &&
    (statuses === undefined || statuses.includes(row.status)) &&
    (query.startDate === undefined || row.createdAt >= query.startDate) &&
    (query.endDate === undefined || row.createdAt <= query.endDate)
  );
}

function compare(
  left: NotificationLog,
  right: NotificationLog,
  { sortBy, sortOrder }: Pick<LogQuery, 'sortBy' | 'sortOrder'>,
): number {
  const [leftMoment, rightMoment] = [left[sortBy], right[sortBy]];
  if ((leftMoment === undefined) !== (rightMoment === undefined)) return leftMoment === undefined ? 1 : -1;
  const byMoment = (leftMoment?.getTime() ?? 0) - (rightMoment?.getTime() ?? 0);
  const byId = left.id === right.id ? 0 : left.id < right.id ? -1 : 1;
  return (byMoment || byId) * (sortOrder === 'desc' ? -1 : 1);
}

function countBy(
  rows: readonly NotificationLog[],
  keyOf: (row: NotificationLog) => string,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of rows) counts[keyOf(row)] = (counts[keyOf(row)] ?? 0) + 1;
  return counts;
}
