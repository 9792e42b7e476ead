import type { NotificationLog } from '../notification-log.ts';
import type { LogQuery } from '../storage-adapter.ts';
import { compareBy, type LogEntry, momentOf, NEVER } from './log-entry.ts';
import { createdBetween, type GroupFilter, type LogGroup } from './log-group.ts';
import { DIMENSIONS, type LogTable } from './log-table.ts';
import { lengthOf, type MergeOrder, mergeSlices, type Slice } from './merge-slices.ts';

/** Rows between two dates are collected and sorted, rather than found by walking the order, when they are at most this share of all. */
const COLLECT_UP_TO = 1 / 16;

/** A page of the rows themselves, not copied. */
export interface RowPage {
  readonly rows: readonly NotificationLog[];
  readonly total: number;
}

type Paging = Pick<LogQuery, 'limit' | 'offset' | 'sortBy' | 'sortOrder'>;

/**
 * Answers a query from the indexes. With n rows, and k the number of channel × status pairs that match:
 *
 * - any of channel, statuses and dates, with at most one of recipient, notification, job, type and provider: O(k² · log n + page), total included;
 * - two or more of those five: the rows of the smallest one are read;
 * - dates that leave rows out, sorted by another moment than `createdAt`: the rows between the dates are sorted, or the others passed over, whichever
 *   looks cheaper; at worst one pass over the rows that match the other conditions.
 */
export function queryTable(table: LogTable, query: LogQuery): RowPage {
  const conditions = DIMENSIONS.flatMap((dimension) => {
    const value = query[dimension];
    return value === undefined ? [] : [{ dimension, value, group: table.group(dimension, value) }];
  });
  const [smallest, ...others] = conditions.sort((left, right) => left.group.size - right.group.size);
  const group = smallest?.group ?? table.all;
  const filter = toGroupFilter(query);
  if (group.isIndexed && others.length === 0) return pageOfIndexed(group, filter, query);
  const hasOthers = ({ log }: LogEntry): boolean =>
    others.every(({ dimension, value }) => log[dimension] === value);
  return pageOfCollected([...group.entries(filter)].filter(hasOthers), query);
}

/** The conditions a group answers by itself. */
export function toGroupFilter(
  query: Pick<LogQuery, 'channel' | 'status' | 'startDate' | 'endDate'>,
): GroupFilter {
  const statuses = query.status === undefined ? undefined : [query.status].flat();
  return {
    channel: query.channel,
    statuses: statuses && new Set(statuses),
    from: query.startDate?.getTime() ?? Number.NEGATIVE_INFINITY,
    to: query.endDate?.getTime() ?? Number.POSITIVE_INFINITY,
  };
}

function pageOfCollected(entries: LogEntry[], { sortBy, sortOrder, limit, offset }: Paging): RowPage {
  const compare = compareBy(sortBy);
  const isDescending = sortOrder === 'desc';
  entries.sort((left, right) => {
    const leftLacks = momentOf(left.log, sortBy) === NEVER;
    if (leftLacks !== (momentOf(right.log, sortBy) === NEVER)) return leftLacks ? 1 : -1;
    return isDescending ? compare(right, left) : compare(left, right);
  });
  const rows = entries.slice(offset, offset + limit).map(({ log }) => log);
  return { rows, total: entries.length };
}

function pageOfIndexed(group: LogGroup, filter: GroupFilter, paging: Paging): RowPage {
  const segments = group.segments(filter);
  const created = segments.map((segment) => createdBetween(segment, filter.from, filter.to));
  const total = lengthOf(created);
  const size = segments.reduce((sum, segment) => sum + segment.size, 0);
  if (paging.sortBy === 'createdAt') return { rows: pageOfSlices([created], paging), total };
  if (total <= size * COLLECT_UP_TO) return pageOfCollected([...group.entries(filter)], paging);

  const orders = segments.map((segment) => splitByPresence(segment.order(paging.sortBy), paging.sortBy));
  const runs = [orders.map(({ present }) => present), orders.map(({ lacking }) => lacking)];
  if (total === size) return { rows: pageOfSlices(runs, paging), total };
  return { rows: pageBetweenDates(runs, filter, paging), total };
}

/** The rows that have the moment, then those that lack it, which come last in either direction. */
function splitByPresence(index: Slice<LogEntry>['index'], key: LogQuery['sortBy']) {
  const boundary = index.countWhile(({ log }) => momentOf(log, key) !== NEVER);
  return {
    present: { index, start: 0, end: boundary },
    lacking: { index, start: boundary, end: index.size },
  };
}

/** A page of several runs read one after the other, each the merge of its slices. */
function pageOfSlices(runs: readonly Slice<LogEntry>[][], paging: Paging): NotificationLog[] {
  const rows: NotificationLog[] = [];
  let offset = paging.offset;
  for (const slices of runs) {
    const length = lengthOf(slices);
    const wanted = Math.min(paging.limit - rows.length, Math.max(0, length - offset));
    if (wanted > 0) rows.push(...take(mergeSlices(slices, toMergeOrder(paging), { offset }), wanted));
    offset = Math.max(0, offset - length);
  }
  return rows;
}

function pageBetweenDates(
  runs: readonly Slice<LogEntry>[][],
  { from, to }: GroupFilter,
  paging: Paging,
): NotificationLog[] {
  const where = ({ createdAt }: LogEntry): boolean => createdAt >= from && createdAt <= to;
  const rows: NotificationLog[] = [];
  let toSkip = paging.offset;
  for (const slices of runs) {
    for (const { log } of mergeSlices(slices, toMergeOrder(paging), { where })) {
      toSkip -= 1;
      if (toSkip < 0 && rows.push(log) === paging.limit) return rows;
    }
  }
  return rows;
}

function toMergeOrder({ sortBy, sortOrder }: Paging): MergeOrder<LogEntry> {
  return { compare: compareBy(sortBy), backwards: sortOrder === 'desc' };
}

function take(entries: Iterable<LogEntry>, count: number): NotificationLog[] {
  const rows: NotificationLog[] = [];
  for (const { log } of entries) if (rows.push(log) === count) break;
  return rows;
}
