const assert = require('node:assert/strict');
const { Notification, NotificationManager, NotificationChannel } = require('@townkrier/core');
const { QueueManager, InMemoryQueueAdapter } = require('@townkrier/queue');
const { StorageManager, InMemoryStorageAdapter } = require('@townkrier/storage');

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
  const storage = new StorageManager(new InMemoryStorageAdapter());
  storage.record(manager);
  const queue = new QueueManager(new InMemoryQueueAdapter(), manager);
  const job = await queue.enqueue(new Welcome(), { email: { email: 'ada@example.com' } });
  assert.equal((await queue.getJob(job.id)).status, 'pending');
  assert.equal((await storage.queryLogs({})).total, 1);
  await queue.close();
  console.log('ok');
}

void main();
