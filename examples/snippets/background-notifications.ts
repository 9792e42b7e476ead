import assert from 'node:assert/strict';
import { JobPriority } from '@townkrier/queue';
import { close, delivered, notification, queueManager, recipient } from './setup.ts';

queueManager.startProcessing();

// #region seed 000: Background Notifications
// Send immediately (like Laravel's sendNow)
await queueManager.sendNow(notification, recipient);

// Queue for background (like Laravel's send)
await queueManager.enqueue(notification, recipient);

// Schedule for future
await queueManager.enqueue(notification, recipient, {
  scheduledFor: new Date(Date.now() + 60000),
  priority: JobPriority.HIGH,
});
// #endregion

await delivered(2);
assert.equal((await queueManager.getStats()).scheduled, 1);
await close();
