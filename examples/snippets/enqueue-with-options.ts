import assert from 'node:assert/strict';
import { JobPriority } from '@townkrier/queue';
import { close, notification, queueManager, recipient } from './setup.ts';

// #region seed 001: Queue for Background Processing (like Laravel's `send`), second statement
// With options
const job = await queueManager.enqueue(notification, recipient, {
  priority: JobPriority.HIGH,
  maxRetries: 5,
  metadata: { source: 'user-action' },
});
// #endregion

assert.deepEqual(
  { priority: job.priority, maxRetries: job.maxRetries, metadata: job.metadata },
  { priority: JobPriority.HIGH, maxRetries: 5, metadata: { source: 'user-action' } },
);
await close();
