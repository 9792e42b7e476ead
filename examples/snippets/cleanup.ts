import assert from 'node:assert/strict';
import { close, storageManager } from './setup.ts';

// #region seed 001: Cleanup
// Delete logs older than 30 days
const olderThan = new Date(Date.now() - 30 * 24 * 60 * 60 * 1000);
const deletedCount = await storageManager.cleanup(olderThan);
console.log(`Deleted ${deletedCount} old logs`);
// #endregion

assert.equal(deletedCount, 0);
await close();
