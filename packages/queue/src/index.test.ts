import { expect, it } from 'vitest';
import * as entry from './index.ts';

it('the public list is this', () => {
  expect(Object.keys(entry).toSorted()).toMatchInlineSnapshot(`
    [
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
      "backoffDelay",
      "deliveriesForCancel",
      "deliveriesForReplay",
      "isFinished",
      "poisonError",
    ]
  `);
});
