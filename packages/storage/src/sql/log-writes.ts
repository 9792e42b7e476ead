import type { PendingWrite } from '../group-commit.ts';
import { reachedBy } from '../log-statistics.ts';
import type { NotificationLog } from '../notification-log.ts';
import { type ColumnValue, type LogColumn, toColumnValues, toStorableText } from './log-columns.ts';
import type { CountedRow } from './log-count-changes.ts';

/** A row to insert: its values in the order of `LOG_COLUMNS`, and what of it is counted. */
export interface NewLogRow {
  readonly values: readonly ColumnValue[];
  readonly counted: CountedRow;
}

/** Rows to insert, all or none. */
export interface SaveWrite extends PendingWrite {
  readonly kind: 'save';
  readonly logs: readonly NewLogRow[];
  readonly resolve: () => void;
}

/** A row to change. */
export interface UpdateWrite extends PendingWrite {
  readonly kind: 'update';
  readonly id: string;
  readonly changes: ReadonlyMap<LogColumn, ColumnValue>;
  readonly resolve: (log: NotificationLog) => void;
}

/** Which rows are deleted: those created before a moment (milliseconds), the oldest first, or those of a recipient. */
export type DeletedLogs = { readonly before: number } | { readonly recipientHash: string };

/** Rows to delete, at most `rows`. */
export interface DeleteWrite extends PendingWrite {
  readonly kind: 'delete';
  readonly of: DeletedLogs;
  readonly resolve: (count: number) => void;
}

export type LogWrite = SaveWrite | UpdateWrite | DeleteWrite;

/** A row as it is to be inserted. Later changes of the row do not change it. */
export function toNewLogRow(log: NotificationLog): NewLogRow {
  const { notificationType, provider } = log;
  return {
    values: toColumnValues(log),
    counted: {
      channel: toStorableText(log.channel),
      status: log.status,
      reached: reachedBy(log),
      created_at: log.createdAt.getTime(),
      notification_type: notificationType === undefined ? null : toStorableText(notificationType),
      provider: provider === undefined ? null : toStorableText(provider),
    },
  };
}
