import assert from 'node:assert/strict';
import { close, delivered, notification, notificationManager, recipient } from './setup.ts';

// #region seed 000: Usage Example
import { NotificationManager } from '@townkrier/core';
import { QueueManager, InMemoryQueueAdapter } from '@townkrier/queue';
import { StorageManager, InMemoryStorageAdapter } from '@townkrier/storage';
import { DashboardServer } from '@townkrier/dashboard';

// Setup
const queueAdapter = new InMemoryQueueAdapter({ maxRetries: 3 });
const queueManager = new QueueManager(queueAdapter, notificationManager);
const storageManager = new StorageManager(new InMemoryStorageAdapter());

// Start dashboard
const dashboard = new DashboardServer({
  queueManager,
  storageManager,
  port: 3000,
  path: '/dashboard',
});
dashboard.start();

// Start processing
queueManager.startProcessing();

// Send notifications
await queueManager.sendNow(notification, recipient); // Immediate
await queueManager.enqueue(notification, recipient); // Queued

// Access dashboard at http://localhost:3000/dashboard
// #endregion

await delivered(2);
await dashboard.start();
const page = await fetch(`${dashboard.url}/`);
assert.equal(page.status, 200);
await queueManager.stopProcessing();
await dashboard.stop();
await close();
