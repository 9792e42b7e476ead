import { toStorageStats } from '../log-statistics.ts';
import type { StatsFilters, StorageStats } from '../storage-adapter.ts';
import { createdBetween } from './log-group.ts';
import { toGroupFilter } from './log-query.ts';
import type { LogTable } from './log-table.ts';

/**
 * Statistics from what segments are split by: their sizes, or, with dates, the positions of the two dates in each. No row is read, so the cost is
 * O(k · log n) for k pairs of channel and status.
 */
export function countLogs(table: LogTable, filters: StatsFilters): StorageStats {
  const filter = toGroupFilter(filters);
  const counts = table.all.segments(filter).map((segment) => {
    const { start, end } = createdBetween(segment, filter.from, filter.to);
    const { channel, status, reached } = segment;
    return { channel, status, reached, count: end - start };
  });
  return toStorageStats(counts);
}
