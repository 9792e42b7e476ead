import assert from 'node:assert/strict';
import { NotificationChannel } from '@townkrier/core';
import { close, storageManager } from './setup.ts';

// #region seed 001: Statistics
// Get statistics
const stats = await storageManager.getStats({
  startDate: new Date('2024-01-01'),
  endDate: new Date('2024-12-31'),
  channel: NotificationChannel.EMAIL,
});

console.log(stats);
// {
//   total: 1000,
//   sent: 950,
//   delivered: 900,
//   failed: 50,
//   retrying: 0,
//   byChannel: { email: 800, sms: 200 },
//   byStatus: { sent: 950, failed: 50 }
// }
// #endregion

assert.equal(stats.total, 0);
await close();
