import type { ColumnValue, CountedRow, LogColumn, NotificationLog, PendingWrite } from '@townkrier/storage';

/** Rows to insert, all or none. */
export interface SaveWrite extends PendingWrite {
  readonly kind: 'save';
  readonly logs: readonly { readonly values: readonly ColumnValue[]; readonly counted: CountedRow }[];
  readonly resolve: () => void;
}

/** A row to change. */
export interface UpdateWrite extends PendingWrite {
  readonly kind: 'update';
  readonly id: string;
  readonly changes: ReadonlyMap<LogColumn, ColumnValue>;
  readonly resolve: (log: NotificationLog) => void;
}

/** Rows to delete: the oldest before a moment, or those of a recipient; at most `rows`. */
export interface DeleteWrite extends PendingWrite {
  readonly kind: 'delete';
  readonly of: { readonly before: number } | { readonly recipientHash: string };
  readonly resolve: (count: number) => void;
}

export type LogWrite = SaveWrite | UpdateWrite | DeleteWrite;
