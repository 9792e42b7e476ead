import assert from 'node:assert/strict';
import { close, notification, queueManager, recipient } from './setup.ts';

queueManager.startProcessing();

// #region seed 001: Stopping Processing
// Stop processing jobs
queueManager.stopProcessing();
// #endregion

await queueManager.enqueue(notification, recipient);
assert.equal((await queueManager.getStats()).pending, 1);
await close();
