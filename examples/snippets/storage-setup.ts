import assert from 'node:assert/strict';
import { NotificationChannel } from '@townkrier/core';
import { ContentPrivacy, NotificationLogStatus } from '@townkrier/storage';
import { close } from './setup.ts';

// #region seed 001: Storage System, Basic Setup
import { StorageManager, InMemoryStorageAdapter } from '@townkrier/storage';

// Create storage adapter
const storageAdapter = new InMemoryStorageAdapter({
  maskSensitiveContent: true,
  contentPrivacyLevel: ContentPrivacy.MASKED,
  retentionDays: 30,
  autoCleanup: false,
});

// Create storage manager
const storageManager = new StorageManager(storageAdapter);
// #endregion

const log = await storageManager.logNotification({
  notificationId: 'n1',
  channel: NotificationChannel.EMAIL,
  recipient: 'user@example.com',
  status: NotificationLogStatus.SENT,
});
assert.equal(log.contentPrivacy, ContentPrivacy.MASKED);
assert.ok(!JSON.stringify(log).includes('user@example.com'));
await close();
