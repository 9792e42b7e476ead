const assert = require('node:assert/strict');
const { mkdtempSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { Notification, NotificationManager, NotificationChannel } = require('@townkrier/core');
const { QueueManager } = require('@townkrier/queue');
const { StorageManager } = require('@townkrier/storage');
const { SqliteQueueAdapter } = require('@townkrier/sqlite/queue');
const { SqliteStorageAdapter } = require('@townkrier/sqlite/storage');

class Welcome extends Notification {
  via() {
    return [NotificationChannel.EMAIL];
  }
  toEmail() {
    return { subject: 'Welcome', text: 'Hello' };
  }
}

async function main() {
  const manager = new NotificationManager();
  const file = join(mkdtempSync(join(tmpdir(), 'townkrier-consumer-')), 'townkrier.db');
  const storage = new StorageManager(new SqliteStorageAdapter({ file }), { hashKey: 'sixteen characters' });
  storage.record(manager);
  const queue = new QueueManager(new SqliteQueueAdapter({ file }), manager);
  const job = await queue.enqueue(new Welcome(), { email: { email: 'ada@example.com' } });
  assert.equal((await queue.getJob(job.id)).status, 'pending');
  assert.equal((await storage.queryLogs({})).total, 1);
  await queue.close();
  await storage.close();
  console.log('ok');
}

void main();
