import { BullMqQueueAdapter } from '@townkrier/bullmq';
import { type Channel, Notification, NotificationChannel, NotificationManager } from '@townkrier/core';
import { createDashboardRouter, DashboardServer } from '@townkrier/dashboard';
import { PostgresQueueAdapter } from '@townkrier/postgres/queue';
import { PostgresStorageAdapter } from '@townkrier/postgres/storage';
import {
  FailoverQueueAdapter,
  InMemoryQueueAdapter,
  JobPriority,
  type QueueJob,
  QueueManager,
} from '@townkrier/queue';
import { createResendChannel } from '@townkrier/resend';
import { createSmtpChannel } from '@townkrier/smtp';
import { SqliteQueueAdapter } from '@townkrier/sqlite/queue';
import { SqliteStorageAdapter } from '@townkrier/sqlite/storage';
import { InMemoryStorageAdapter, type NotificationLog, StorageManager } from '@townkrier/storage';
import { TracedQueueAdapter, traceDeliveries } from '@townkrier/telemetry/opentelemetry';
import { collectMetrics } from '@townkrier/telemetry/prometheus';
import express from 'express';
import { Pool } from 'pg';

class Welcome extends Notification {
  via() {
    return [NotificationChannel.EMAIL];
  }
  toEmail() {
    return { subject: 'Welcome', text: 'Hello' };
  }
}

const notificationManager = new NotificationManager({
  defaultChannel: 'email-resend',
  channels: [
    {
      name: 'email-resend',
      enabled: true,
      config: { apiKey: process.env['RESEND_API_KEY'], from: 'a@example.com' },
    },
  ],
});
notificationManager.registerFactory('email-resend', createResendChannel);
const channel: Channel = createSmtpChannel({ host: 'localhost', port: 25, from: 'a@example.com' });
notificationManager.registerChannel('smtp', channel);
const queueManager = new QueueManager(new InMemoryQueueAdapter({ maxRetries: 3 }), notificationManager);
const storageManager = new StorageManager(new InMemoryStorageAdapter());
const recipient = { [NotificationChannel.EMAIL]: { email: 'user@example.com' } };
const job: QueueJob = await queueManager.enqueue(new Welcome(), recipient, { priority: JobPriority.HIGH });
const logs: NotificationLog[] = (await storageManager.queryLogs({ limit: 1 })).logs;
express().use('/notifications', createDashboardRouter({ queueManager, storageManager }));
new DashboardServer({ queueManager, storageManager, port: 3000, path: '/dashboard' });
const pool = new Pool({ connectionString: 'postgres://127.0.0.1/app' });
new QueueManager(new PostgresQueueAdapter({ connection: pool }), notificationManager);
new StorageManager(new PostgresStorageAdapter({ connection: pool }), { hashKey: 'sixteen characters' });
new StorageManager(new SqliteStorageAdapter({ file: 'townkrier.db' }), { hashKey: 'sixteen characters' });
new FailoverQueueAdapter(
  new BullMqQueueAdapter({ connection: 'redis://127.0.0.1:6379' }),
  new SqliteQueueAdapter({ file: 'townkrier.db' }),
);
console.log(job.id, logs.length);

notificationManager.use(traceDeliveries());
export const stopMetrics: () => void = collectMetrics({
  queue: new QueueManager(new TracedQueueAdapter(new InMemoryQueueAdapter())),
  notifications: notificationManager,
});
