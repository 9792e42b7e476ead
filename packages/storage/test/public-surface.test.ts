import { expect, it } from 'vitest';
import * as storage from '../src/index.ts';
import * as testing from '../src/testing/index.ts';

it('the package exports exactly these values', () => {
  expect(Object.keys(storage).sort()).toMatchInlineSnapshot(`
    [
      "AuditLog",
      "COUNTED_COLUMNS",
      "ContentPrivacy",
      "CountScope",
      "DEFAULT_CLEANUP_INTERVAL",
      "DEFAULT_MAX_LOGS",
      "DEFAULT_PAGE_SIZE",
      "DEFAULT_RECORD_TIMEOUT",
      "DEFAULT_RETENTION_DAYS",
      "EMPTY_CHAIN",
      "InMemoryAuditStore",
      "InMemoryStorageAdapter",
      "LOG_COLUMNS",
      "LogCountChanges",
      "LogSortKey",
      "MAX_CONTENT_LENGTH",
      "MAX_PAGE_SIZE",
      "MAX_RETRY_LOGS",
      "NotificationLogStatus",
      "StorageError",
      "StorageErrorCode",
      "StorageManager",
      "StoreStorageAdapter",
      "countLogs",
      "fromLogRow",
      "isFinishedStatus",
      "maskAddress",
      "maskData",
      "maskHtml",
      "maskText",
      "reachedBy",
      "resolvePrivacyLevel",
      "runSteps",
      "runStepsAsync",
      "searchLogs",
      "selectAuditRows",
      "startRetention",
      "storageAdapterShape",
      "toAuditHead",
      "toAuditRow",
      "toStorableText",
    ]
  `);
  expect(Object.keys(testing).sort()).toMatchInlineSnapshot(`
    [
      "auditLogConformance",
      "storageAdapterConformance",
      "storageModelConformance",
    ]
  `);
});
