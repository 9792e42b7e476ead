import type { NotificationLogStatus } from './notification-log.ts';
import type { StorageStats } from './storage-adapter.ts';

/** How far a delivery came, whatever its status is now. */
export type LogReached = 'nothing' | 'sent' | 'delivered';

/** What a delivery reached: a delivered one was also sent, and one that failed after it was sent still was. Only whether there are moments counts. */
export function reachedBy(log: {
  readonly status: NotificationLogStatus;
  readonly sentAt?: unknown;
  readonly deliveredAt?: unknown;
}): LogReached {
  if (log.status === 'delivered' || log.deliveredAt !== undefined) return 'delivered';
  if (log.status === 'sent' || log.sentAt !== undefined) return 'sent';
  return 'nothing';
}

/** How many rows have a channel and a status and came that far. */
export interface LogCount {
  readonly channel: string;
  readonly status: NotificationLogStatus;
  readonly reached: LogReached;
  readonly count: number;
}

/** Statistics out of counts, of which several may be of the same kind; what has no rows is left out. */
export function toStorageStats(counts: Iterable<LogCount>): StorageStats {
  const byChannel = new Map<string, number>();
  const byStatus = new Map<string, number>();
  const byReached = new Map<LogReached, number>();
  for (const { channel, status, reached, count } of counts) {
    if (count === 0) continue;
    add(byChannel, channel, count);
    add(byStatus, status, count);
    add(byReached, reached, count);
  }
  const delivered = byReached.get('delivered') ?? 0;
  const deliveredNow = byStatus.get('delivered') ?? 0;
  if (deliveredNow > 0) add(byStatus, 'sent', deliveredNow);
  return {
    total: [...byChannel.values()].reduce((sum, count) => sum + count, 0),
    sent: delivered + (byReached.get('sent') ?? 0),
    delivered,
    failed: byStatus.get('failed') ?? 0,
    retrying: byStatus.get('retrying') ?? 0,
    byChannel: Object.fromEntries(byChannel),
    byStatus: Object.fromEntries(byStatus),
  };
}

function add<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
