import assert from 'node:assert/strict';
import { NotificationChannel } from '@townkrier/core';
import { ContentPrivacy, NotificationLogStatus } from '@townkrier/storage';
import { close, storageManager } from './setup.ts';

// #region seed 001: Logging Notifications
// Log a notification
await storageManager.logNotification({
  notificationId: 'unique-id',
  channel: NotificationChannel.EMAIL,
  recipient: 'user@example.com',
  status: NotificationLogStatus.SENT,
  subject: 'Welcome Email',
  content: 'Email content here',
  contentPrivacy: ContentPrivacy.MASKED,
  attempts: 1,
  retryLogs: [],
  sentAt: new Date(),
});
// #endregion

const { logs } = await storageManager.queryLogs({ recipient: 'user@example.com' });
assert.equal(logs.length, 1);
assert.ok(!JSON.stringify(logs).includes('user@example.com'));
await close();
