import type { StatsFilters, StorageStats } from '../storage-adapter.ts';
import type { Reached } from './log-entry.ts';
import { createdBetween } from './log-group.ts';
import { toGroupFilter } from './log-query.ts';
import type { LogTable } from './log-table.ts';

/**
 * Statistics from what segments are split by: their sizes, or, with dates, the positions of the two dates in each. No row is read, so the cost is
 * O(k · log n) for k pairs of channel and status.
 */
export function countLogs(table: LogTable, filters: StatsFilters): StorageStats {
  const filter = toGroupFilter(filters);
  const byChannel = new Map<string, number>();
  const byStatus = new Map<string, number>();
  const byReached = new Map<Reached, number>();
  for (const segment of table.all.segments(filter)) {
    const { start, end } = createdBetween(segment, filter.from, filter.to);
    if (end === start) continue;
    add(byChannel, segment.channel, end - start);
    add(byStatus, segment.status, end - start);
    add(byReached, segment.reached, end - start);
  }
  return toStats(byChannel, byStatus, byReached);
}

function toStats(
  byChannel: ReadonlyMap<string, number>,
  byStatus: Map<string, number>,
  byReached: ReadonlyMap<Reached, number>,
): StorageStats {
  const delivered = byReached.get('delivered') ?? 0;
  const failed = byStatus.get('failed') ?? 0;
  const retrying = byStatus.get('retrying') ?? 0;
  const deliveredNow = byStatus.get('delivered') ?? 0;
  if (deliveredNow > 0) add(byStatus, 'sent', deliveredNow);
  return {
    total: [...byChannel.values()].reduce((sum, count) => sum + count, 0),
    sent: delivered + (byReached.get('sent') ?? 0),
    delivered,
    failed,
    retrying,
    byChannel: Object.fromEntries(byChannel),
    byStatus: Object.fromEntries(byStatus),
  };
}

function add<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
