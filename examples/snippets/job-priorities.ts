import assert from 'node:assert/strict';
import { close, notification, queueManager, recipient } from './setup.ts';

// #region seed 001: Job Priorities
import { JobPriority } from '@townkrier/queue';

// Available priorities (higher number = higher priority)
JobPriority.LOW; // 1
JobPriority.NORMAL; // 5
JobPriority.HIGH; // 10
JobPriority.CRITICAL; // 20

// Higher priority jobs are processed first
await queueManager.enqueue(notification, recipient, {
  priority: JobPriority.CRITICAL,
});
// #endregion

const { LOW, NORMAL, HIGH, CRITICAL } = JobPriority;
assert.deepEqual([LOW, NORMAL, HIGH, CRITICAL], [1, 5, 10, 20]);
assert.equal((await queueManager.getJobs())[0]?.priority, 20);
await close();
