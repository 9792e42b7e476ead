import type { AuditHead, AuditRow } from './audit-chain.ts';

/** Which rows a store is asked for: checked, with moments in milliseconds since the epoch. All given conditions must hold. */
export interface AuditRowQuery {
  readonly actor?: string;
  readonly action?: string;
  readonly targetKind?: string;
  readonly targetId?: string;
  /** Records made at or after. */
  readonly from?: number;
  /** Records made at or before. */
  readonly to?: number;
  readonly limit: number;
  /** Only rows that come after the one with this `seq` in the order asked for. */
  readonly after?: number;
  /** By `seq`. */
  readonly order: 'asc' | 'desc';
}

/** Keeps the rows of an `AuditLog`. It adds at the end and reads, and has no way to change or delete. Checked by `auditLogConformance` of `@townkrier/storage/testing`. */
export interface AuditStore {
  /**
   * Adds rows at the end, all or none: reads where the chain ends, stores what `link` makes of that, and keeps the last of them as the new end, in one step that no other append
   * comes between, in this process or another. Resolves when they are as durable as the store is. `link` may be called again when a step has to be repeated.
   *
   * @throws {StorageError} `STORAGE_UNAVAILABLE`
   */
  append(link: (head: AuditHead) => readonly AuditRow[]): Promise<void>;
  /** Where the chain ends, as kept beside the rows: `EMPTY_CHAIN` where there are none. */
  head(): Promise<AuditHead>;
  read(query: AuditRowQuery): Promise<readonly AuditRow[]>;
  /** Frees what it opened. Idempotent. */
  close(): Promise<void>;
}
