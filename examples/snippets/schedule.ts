import assert from 'node:assert/strict';
import { JobPriority } from '@townkrier/queue';
import { close, notification, queueManager, recipient } from './setup.ts';

// #region seed 001: Schedule for Future Delivery
// Schedule notification for specific time
const scheduledTime = new Date(Date.now() + 3600000); // 1 hour from now

const job = await queueManager.enqueue(notification, recipient, {
  scheduledFor: scheduledTime,
  priority: JobPriority.NORMAL,
});
// #endregion

assert.equal(job.status, 'scheduled');
assert.deepEqual(job.scheduledFor, scheduledTime);
await close();
