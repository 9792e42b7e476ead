import type { NotificationLog } from '../notification-log.ts';
import type { NotificationLogPatch } from '../storage-adapter.ts';

/** What a database takes for a column. */
export type ColumnValue = string | number | null;

/** How a field is written: text, whole numbers, moments as milliseconds since the epoch, and JSON. */
type ColumnKind = 'text' | 'integer' | 'moment' | 'json';

/** A field of a row, and the column that keeps it. */
export interface LogColumn {
  readonly field: keyof NotificationLog;
  readonly column: string;
  readonly kind: ColumnKind;
  readonly isRequired: boolean;
}

/** The columns in their order. `createdAt` is `created_at`, and so on. */
export const LOG_COLUMNS: readonly LogColumn[] = [
  required('id', 'text'),
  required('notificationId', 'text'),
  optional('notificationType', 'text'),
  required('channel', 'text'),
  required('recipient', 'text'),
  optional('recipientHash', 'text'),
  required('status', 'text'),
  optional('subject', 'text'),
  optional('content', 'text'),
  optional('contentType', 'text'),
  required('contentPrivacy', 'text'),
  required('attempts', 'integer'),
  required('retryLogs', 'json'),
  optional('provider', 'text'),
  optional('messageId', 'text'),
  optional('jobId', 'text'),
  optional('idempotencyKey', 'text'),
  optional('reason', 'text'),
  optional('error', 'text'),
  optional('errorCode', 'text'),
  optional('metadata', 'json'),
  optional('tags', 'json'),
  optional('scheduledFor', 'moment'),
  optional('sentAt', 'moment'),
  optional('deliveredAt', 'moment'),
  optional('failedAt', 'moment'),
  required('createdAt', 'moment'),
  required('updatedAt', 'moment'),
];

const CHANGEABLE = LOG_COLUMNS.filter(({ field }) => field !== 'id' && field !== 'createdAt');

/** A row's values, in the order of {@link LOG_COLUMNS}; NULL for what is absent. Later changes of the row do not change them. */
export function toColumnValues(log: NotificationLog): ColumnValue[] {
  return LOG_COLUMNS.map(({ field }) => toColumnValue(log[field]));
}

/** What a patch changes, by column: NULL removes. What is not there, and `id` and `createdAt` in any case, stays as it is. */
export function toChangedColumns(patch: NotificationLogPatch): Map<LogColumn, ColumnValue> {
  const changed = new Map<LogColumn, ColumnValue>();
  for (const column of CHANGEABLE) {
    if (!Object.hasOwn(patch, column.field)) continue;
    const value: unknown = Reflect.get(patch, column.field);
    if (value !== undefined || !column.isRequired) changed.set(column, toColumnValue(value));
  }
  return changed;
}

/** The row that a database gives by names of columns; other columns are left out, and so are fields that are NULL. JSON may come as text or parsed. */
export function fromLogRow(row: object): NotificationLog {
  const log: Record<string, unknown> = {};
  for (const { field, column, kind } of LOG_COLUMNS) {
    const value: unknown = Reflect.get(row, column);
    if (value !== null) log[field] = fromColumnValue(value, kind);
  }
  log['retryLogs'] = withMoments(log['retryLogs']);
  // Only these functions write the table, so its columns hold what the fields had.
  return log as unknown as NotificationLog;
}

/**
 * Text as it can be stored and looked for: databases cannot hold U+0000, or cut a text there, nor half a surrogate pair, so U+FFFD stands in the place of
 * either. Inside of JSON both are kept.
 */
export function toStorableText(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text).toWellFormed();
}

function toColumnValue(value: unknown): ColumnValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return toStorableText(value);
  if (typeof value === 'number') return value;
  return value instanceof Date ? value.getTime() : JSON.stringify(value);
}

function fromColumnValue(value: unknown, kind: ColumnKind): unknown {
  if (kind === 'moment') return new Date(Number(value));
  return kind === 'json' && typeof value === 'string' ? JSON.parse(value) : value;
}

/** JSON made text of the moments of tries. */
function withMoments(retryLogs: unknown): unknown {
  if (!Array.isArray(retryLogs)) return retryLogs;
  return retryLogs.map(({ timestamp, ...retry }) => ({ ...retry, timestamp: new Date(timestamp) }));
}

function required(field: keyof NotificationLog, kind: ColumnKind): LogColumn {
  return { field, column: toColumnName(field), kind, isRequired: true };
}

function optional(field: keyof NotificationLog, kind: ColumnKind): LogColumn {
  return { field, column: toColumnName(field), kind, isRequired: false };
}

function toColumnName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
