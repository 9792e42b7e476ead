import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { BullMqQueueAdapter } from '@townkrier/bullmq';
import { Notification, NotificationManager } from '@townkrier/core';
import { fakeNotifications } from '@townkrier/core/testing';
import { createDashboardRouter, DashboardServer } from '@townkrier/dashboard';
import { PostgresQueueAdapter } from '@townkrier/postgres/queue';
import { PostgresStorageAdapter } from '@townkrier/postgres/storage';
import { InMemoryQueueAdapter, QueueManager } from '@townkrier/queue';
import { queueAdapterConformance } from '@townkrier/queue/testing';
import { createResendChannel } from '@townkrier/resend';
import { createSmtpChannel } from '@townkrier/smtp';
import { SqliteQueueAdapter } from '@townkrier/sqlite/queue';
import { SqliteStorageAdapter } from '@townkrier/sqlite/storage';
import { InMemoryStorageAdapter, StorageManager } from '@townkrier/storage';
import { storageAdapterConformance } from '@townkrier/storage/testing';
import { TracedQueueAdapter } from '@townkrier/telemetry/opentelemetry';
import { collectMetrics } from '@townkrier/telemetry/prometheus';
import { Registry } from 'prom-client';

for (const part of [
  fakeNotifications,
  createDashboardRouter,
  queueAdapterConformance,
  storageAdapterConformance,
  createResendChannel,
  createSmtpChannel,
  BullMqQueueAdapter,
  PostgresQueueAdapter,
  PostgresStorageAdapter,
  SqliteQueueAdapter,
  SqliteStorageAdapter,
  TracedQueueAdapter,
  collectMetrics,
]) {
  assert.equal(typeof part, 'function');
}

// The class that require() gives is the class that import gives: one copy, so instanceof holds.
assert.equal(createRequire(import.meta.url)('@townkrier/core').Notification, Notification);

const storageManager = new StorageManager(new InMemoryStorageAdapter());
const queueManager = new QueueManager(new InMemoryQueueAdapter(), new NotificationManager());
const dashboard = new DashboardServer({ queueManager, storageManager, port: 0, path: '/dashboard' });
await dashboard.start();
const page = await fetch(`${dashboard.url}/`);
assert.equal(page.status, 200);
assert.match(await page.text(), /<script type="module"/);
const stats = await (await fetch(`${dashboard.url}/api/stats`)).json();
assert.equal(stats.queue.pending, 0);

const stopMetrics = collectMetrics({
  queue: new TracedQueueAdapter(queueManager.adapter),
  registry: new Registry(),
});
stopMetrics();
await dashboard.stop();
await queueManager.stopProcessing();
console.log('ok');
