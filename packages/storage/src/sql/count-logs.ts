import type { LogCount } from '../log-statistics.ts';
import type { NotificationLogStatus } from '../notification-log.ts';
import type { LogQuery } from '../storage-adapter.ts';
import { toStorableText } from './log-columns.ts';
import { CountScope } from './log-count-changes.ts';
import { coverRange } from './range-cover.ts';
import type { LogTables, SqlStatement, SqlSteps } from './sql-steps.ts';

/** What narrows a count. */
export type CountFilters = Pick<LogQuery, 'channel' | 'status' | 'startDate' | 'endDate'>;

const KINDS = 'channel, status, reached';

/**
 * How many rows there are of each kind, from counters. Between two dates those of whole days and hours are taken, and the rows of what is left at either end are
 * counted along the index of segments. One kind may come in several pieces.
 */
export function* countLogs(tables: LogTables, filters: CountFilters): SqlSteps<LogCount[]> {
  if (!hasDates(filters)) return only(filters, yield* readCounters(tables, CountScope.ALL, ''));
  const { counted, edges } = coverRange(filters);
  const counts: LogCount[] = [];
  for (const { scope, from, to } of counted) {
    const { sql, values } = counterStatement(tables, scope, '', 'AND start >= ? AND start < ?');
    counts.push(...asCounts(yield { sql, values: [...values, from, to] }));
  }
  for (const { from, to } of edges) {
    counts.push(...asCounts(yield { sql: edgeSql(tables), values: [from, to] }));
  }
  return only(filters, counts);
}

/** How many rows with a type or a provider there are of each kind, from counters. Not by dates. */
export function* countLogsOf(
  tables: LogTables,
  scope: 'type' | 'provider',
  value: string,
  filters: Pick<CountFilters, 'channel' | 'status'> = {},
): SqlSteps<LogCount[]> {
  return only(filters, yield* readCounters(tables, scope, toStorableText(value)));
}

/** How many rows counts make together. */
export function sumOf(counts: readonly LogCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}

/** Whether a filter names a moment of creation. */
export function hasDates({ startDate, endDate }: Pick<CountFilters, 'startDate' | 'endDate'>): boolean {
  return startDate !== undefined || endDate !== undefined;
}

/** The statuses a filter names; `null` when it names none. */
export function statusesOf({
  status,
}: Pick<CountFilters, 'status'>): readonly NotificationLogStatus[] | null {
  return status === undefined ? null : [...new Set([status].flat())];
}

function* readCounters(tables: LogTables, scope: CountScope, value: string): SqlSteps<LogCount[]> {
  return asCounts(yield counterStatement(tables, scope, value));
}

function counterStatement(tables: LogTables, scope: CountScope, value: string, more = ''): SqlStatement {
  const sql = `SELECT ${KINDS}, sum(n) AS count FROM ${tables.counts} WHERE scope = ? AND value = ? ${more} GROUP BY ${KINDS}`;
  return { sql, values: [scope, value] };
}

/** The rows of each kind created between two moments, the latter not included. */
function edgeSql({ logs, counts, indexedBy }: LogTables): string {
  return `SELECT ${KINDS}, (
    SELECT count(*) FROM ${logs} AS logs ${indexedBy('segment')}
    WHERE logs.channel = kinds.channel AND logs.status = kinds.status AND logs.reached = kinds.reached
      AND logs.created_at >= ? AND logs.created_at < ?
  ) AS count
  FROM (SELECT DISTINCT ${KINDS} FROM ${counts} WHERE scope = 'all' AND value = '') AS kinds`;
}

function only(filters: CountFilters, counts: readonly LogCount[]): LogCount[] {
  const statuses = statusesOf(filters);
  const channel = filters.channel === undefined ? undefined : toStorableText(filters.channel);
  return counts.filter(
    (count) =>
      count.count !== 0 &&
      count.channel === (channel ?? count.channel) &&
      (statuses === null || statuses.includes(count.status)),
  );
}

/** Rows of the counters are what they seem; only a sum may come as text. */
function asCounts(rows: readonly object[]): LogCount[] {
  return (rows as readonly LogCount[]).map((row) => ({ ...row, count: Number(row.count) }));
}
