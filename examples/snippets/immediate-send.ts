import assert from 'node:assert/strict';
import { NotificationChannel } from '@townkrier/core';
import { close, delivered, notification, queueManager, recipient } from './setup.ts';

// #region seed 001: Immediate Send (like Laravel's `sendNow`)
// Send immediately without queuing
const result = await queueManager.sendNow(notification, recipient);
// #endregion

assert.equal(result.get(NotificationChannel.EMAIL)?.status, 'sent');
await delivered(1);
await close();
