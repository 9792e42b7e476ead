// The delivery log.

export type { DeliveryExplanation, Explanation, ExplanationStep } from './explanation.ts';
export type { NotificationLogChanges } from './log-input.ts';
export type { NewNotificationLog, NotificationLog, RetryLog } from './notification-log.ts';
export { ContentPrivacy, isFinishedStatus, NotificationLogStatus } from './notification-log.ts';
export type { RecordOptions } from './record-options.ts';
export type { RecordedManager } from './storage-manager.ts';
export { StorageManager } from './storage-manager.ts';
export type { StorageManagerOptions } from './storage-manager-options.ts';

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
// Masking, for what else shows personal data.
export type { MaskingLevel, MaskingOptions } from './masking/index.ts';
export { maskAddress, maskData, maskHtml, maskText } from './masking/index.ts';
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
