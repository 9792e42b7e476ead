import { close, delivered, notification, notificationManager, recipient } from './setup.ts';

// #region seed 001: Queue System, Basic Setup
import { QueueManager, InMemoryQueueAdapter } from '@townkrier/queue';
import { NotificationManager } from '@townkrier/core';

// Create queue adapter
const queueAdapter = new InMemoryQueueAdapter({
  maxRetries: 3, // Maximum retry attempts
  retryDelay: 1000, // Initial delay in ms (exponential backoff)
  timeout: 30000, // Job timeout in ms
  pollInterval: 1000, // How often to check for jobs
});

// Create queue manager
const queueManager = new QueueManager(queueAdapter, notificationManager);

// Start background processing
queueManager.startProcessing({ pollInterval: 2000 });
// #endregion

await queueManager.enqueue(notification, recipient);
await delivered(1);
await queueManager.close();
await close();
