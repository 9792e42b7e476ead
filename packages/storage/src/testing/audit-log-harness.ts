import type { AuditRow } from '../audit/audit-chain.ts';
import type { AuditLog } from '../audit/audit-log.ts';

/**
 * One fresh audit log over an empty backend (a new schema or file), and the means to test it that are not the log's own. The suite makes one for every case and closes it
 * afterwards.
 */
export interface AuditLogHarness {
  readonly log: AuditLog;
  /** Another log over the same backend, as another process would open; the same one where the backend is memory. The harness closes it. */
  connect(): Promise<AuditLog>;
  /** All rows, read by other means than the log, in the order of `seq`. */
  readRows(): Promise<readonly AuditRow[]>;
  /** Puts these rows in the place of all there are, by other means than the log, and leaves what the backend keeps about its end as it is. */
  replaceRows(rows: readonly AuditRow[]): Promise<void>;
  /** Frees everything, also after a case that failed half way. Called once. */
  close(): Promise<void>;
}
