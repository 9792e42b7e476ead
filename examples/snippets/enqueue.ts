import assert from 'node:assert/strict';
import { close, delivered, notification, queueManager, recipient } from './setup.ts';

// #region seed 001: Queue for Background Processing (like Laravel's `send`), first statement
// Add to queue for background processing
const job = await queueManager.enqueue(notification, recipient);
// #endregion

assert.equal(job.status, 'pending');
queueManager.startProcessing();
await delivered(1);
await close();
