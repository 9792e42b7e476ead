// The delivery log.

export type { DeliveryExplanation, Explanation, ExplanationStep } from './explanation.ts';
export { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from './log-filters.ts';
export type { NotificationLogChanges } from './log-input.ts';
export { MAX_RETRY_LOGS } from './log-input.ts';
export { MAX_CONTENT_LENGTH } from './log-privacy.ts';
export type { NewNotificationLog, NotificationLog, RetryLog } from './notification-log.ts';
export { ContentPrivacy, isFinishedStatus, NotificationLogStatus } from './notification-log.ts';
export type { RecordOptions } from './record-options.ts';
export { DEFAULT_RECORD_TIMEOUT } from './record-options.ts';
export type { RecordedManager } from './storage-manager.ts';
export { StorageManager } from './storage-manager.ts';
export type { StorageManagerOptions } from './storage-manager-options.ts';

// Masking, for what is shown elsewhere.

export type { MaskingLevel, MaskingOptions } from './masking/index.ts';
export { maskAddress, maskData, maskHtml, maskText } from './masking/index.ts';

// Who did what: a chain of entries that cannot be changed unseen.

export type { AuditHead, AuditRow } from './audit/audit-chain.ts';
export { EMPTY_CHAIN } from './audit/audit-chain.ts';
export type { AuditLogEntry, AuditVerdict } from './audit/audit-log.ts';
export { AuditLog } from './audit/audit-log.ts';
export type { AuditFilters } from './audit/audit-query.ts';
export type { AuditRecord, AuditRecordFacts } from './audit/audit-record.ts';
export type { AuditTable } from './audit/audit-sql.ts';
export { selectAuditRows, toAuditHead, toAuditRow } from './audit/audit-sql.ts';
export type { AuditRowQuery, AuditStore } from './audit/audit-store.ts';
export { InMemoryAuditStore } from './audit/in-memory-audit-store.ts';

// Events and errors.

export { StorageError, StorageErrorCode } from './errors.ts';
export type {
  LogEvent,
  LogsDeletedEvent,
  RecordFailedEvent,
  StorageEventListener,
  StorageEventName,
  StorageEvents,
} from './storage-events.ts';

// Adapters: the contract, the one in memory, and what others can share.

export { InMemoryStorageAdapter } from './in-memory/in-memory-storage-adapter.ts';
export type { InMemoryStorageAdapterOptions } from './in-memory/in-memory-storage-options.ts';
export { DEFAULT_MAX_LOGS } from './in-memory/in-memory-storage-options.ts';
export type { LogCount, LogReached } from './log-statistics.ts';
export { reachedBy } from './log-statistics.ts';
export type { RetentionOptions } from './retention.ts';
export { startRetention } from './retention.ts';
export type {
  IStorageAdapter,
  LogFilters,
  LogPage,
  LogQuery,
  NotificationLogPatch,
  StatsFilters,
  StorageAdapter,
  StorageStats,
} from './storage-adapter.ts';
export { LogSortKey } from './storage-adapter.ts';
export type { StorageAdapterOptions } from './storage-adapter-options.ts';
export {
  DEFAULT_CLEANUP_INTERVAL,
  DEFAULT_RETENTION_DAYS,
  resolvePrivacyLevel,
  storageAdapterShape,
} from './storage-adapter-options.ts';

// For adapters on SQL databases: a log on a store, one column a field, counters in place of counting, and pages along indexes.

export { countLogs } from './sql/count-logs.ts';
export type { ColumnValue, LogColumn } from './sql/log-columns.ts';
export { fromLogRow, LOG_COLUMNS, toStorableText } from './sql/log-columns.ts';
export type { CountedRow, LogCountChange } from './sql/log-count-changes.ts';
export { COUNTED_COLUMNS, CountScope, LogCountChanges } from './sql/log-count-changes.ts';
export type { LogStore } from './sql/log-store.ts';
export type {
  DeletedLogs,
  DeleteWrite,
  LogWrite,
  NewLogRow,
  SaveWrite,
  UpdateWrite,
} from './sql/log-writes.ts';
export type { FoundLogs } from './sql/search-logs.ts';
export { searchLogs } from './sql/search-logs.ts';
export type { LogIndex, LogTables, SqlStatement, SqlSteps } from './sql/sql-steps.ts';
export { runSteps, runStepsAsync } from './sql/sql-steps.ts';
export type { ResolvedStorageAdapterOptions } from './sql/store-storage-adapter.ts';
export { StoreStorageAdapter } from './sql/store-storage-adapter.ts';
