import assert from 'node:assert/strict';
import { NotificationChannel } from '@townkrier/core';
import { NotificationLogStatus } from '@townkrier/storage';
import { close, storageManager } from './setup.ts';

// #region seed 001: Querying Logs
// Query logs with filters
const result = await storageManager.queryLogs({
  channel: NotificationChannel.EMAIL,
  status: NotificationLogStatus.SENT,
  startDate: new Date('2024-01-01'),
  endDate: new Date('2024-12-31'),
  limit: 50,
  offset: 0,
  sortBy: 'sentAt',
  sortOrder: 'desc',
});

console.log(`Total: ${result.total}, Showing: ${result.logs.length}`);
result.logs.forEach((log) => {
  console.log(`${log.channel}: ${log.recipient} [${log.status}]`);
});
// #endregion

assert.deepEqual(result, { logs: [], total: 0 });
await close();
