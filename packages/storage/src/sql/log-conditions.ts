import type { LogCount } from '../log-statistics.ts';
import type { LogQuery } from '../storage-adapter.ts';
import { statusesOf } from './count-logs.ts';
import { toStorableText } from './log-columns.ts';
import { CountScope } from './log-count-changes.ts';
import type { SqlStatement } from './sql-steps.ts';

/** The fields besides channel and status that a query may name a value of, those with the fewest rows a value first. */
export const DIMENSIONS = [
  { field: 'notificationId', column: 'notification_id', index: 'notification' },
  { field: 'jobId', column: 'job_id', index: 'job' },
  { field: 'recipientHash', column: 'recipient_hash', index: 'recipient' },
  { field: 'notificationType', column: 'notification_type', index: 'type', scope: CountScope.TYPE },
  { field: 'provider', column: 'provider', index: 'provider', scope: CountScope.PROVIDER },
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** The columns a list can be sorted by. */
export const ORDERS = {
  createdAt: { column: 'created_at', index: 'created', isAlwaysSet: true },
  updatedAt: { column: 'updated_at', index: 'updated', isAlwaysSet: true },
  sentAt: { column: 'sent_at', index: 'sent', isAlwaysSet: false },
  deliveredAt: { column: 'delivered_at', index: 'delivered', isAlwaysSet: false },
  failedAt: { column: 'failed_at', index: 'failed', isAlwaysSet: false },
} as const;

/** All that a query narrows by. */
export function conditionsOf(query: LogQuery): SqlStatement[] {
  const statuses = statusesOf(query);
  return [
    ...DIMENSIONS.flatMap(({ field, column }) => equal(column, query[field])),
    ...equal('channel', query.channel),
    ...(statuses === null ? [] : [oneOf('status', statuses)]),
    ...dateConditions(query),
  ];
}

export function dateConditions({ startDate, endDate }: LogQuery): SqlStatement[] {
  return [
    ...(startDate === undefined ? [] : [{ sql: 'created_at >= ?', values: [startDate.getTime()] }]),
    ...(endDate === undefined ? [] : [{ sql: 'created_at <= ?', values: [endDate.getTime()] }]),
  ];
}

/** What the rows of some segments have in each column of their index: with it the index is read in a few runs. */
export function segmentConditions(segments: readonly LogCount[]): SqlStatement[] {
  return (['channel', 'status', 'reached'] as const).map((column) =>
    oneOf(column, [...new Set(segments.map((segment) => segment[column]))]),
  );
}

function equal(column: string, value: string | undefined): SqlStatement[] {
  return value === undefined ? [] : [{ sql: `${column} = ?`, values: [toStorableText(value)] }];
}

function oneOf(column: string, values: readonly string[]): SqlStatement {
  return { sql: `${column} IN (${values.map(() => '?').join(', ')})`, values };
}
