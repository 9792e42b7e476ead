import { close, delivered, notification, queueManager, recipient } from './setup.ts';

queueManager.startProcessing();
await queueManager.enqueue(notification, recipient);

// #region seed 001: Jobs Stuck in Processing
// Check queue statistics
const stats = await queueManager.getStats();
console.log(stats);

// Restart processing if needed
queueManager.stopProcessing();
queueManager.startProcessing();
// #endregion

await delivered(1);
await close();
