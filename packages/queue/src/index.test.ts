import { expect, it } from 'vitest';
import * as entry from './index.ts';

it('the public list is this', () => {
  expect(Object.keys(entry).toSorted()).toMatchInlineSnapshot(`
    [
      "AuditAction",
      "AuditTrail",
      "AuditedQueueAdapter",
      "FailoverQueueAdapter",
      "InMemoryJobStore",
      "InMemoryQueueAdapter",
      "JOB_TRANSITIONS",
      "JobPriority",
      "JobStatus",
      "MAX_PRIORITY",
      "MAX_RETRY_DELAY",
      "NOTIFICATION_JOB_TYPE",
      "NonRetryableError",
      "QueueError",
      "QueueErrorCode",
      "QueueManager",
      "RetryLaterError",
      "StoreQueueAdapter",
      "applyCancel",
      "applyCrash",
      "applyPatch",
      "applyRetry",
      "applySettlement",
      "backoffDelay",
      "defineJob",
      "deliveriesForCancel",
      "deliveriesForReplay",
      "isFinished",
      "jobNotFound",
      "noteLate",
      "poisonError",
      "recordChange",
      "storeQueueAdapterShape",
      "toQueueJob",
      "toStoredDeliveries",
      "toStoredJob",
      "wrongJobState",
    ]
  `);
});
