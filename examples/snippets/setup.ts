/** What the seeds' snippets take for granted: managers, a notification, somebody to send it to. Nothing leaves the process. */
import { once } from 'node:events';
import { Notification, NotificationChannel, NotificationManager, PermanentError } from '@townkrier/core';
import { InMemoryQueueAdapter, QueueManager } from '@townkrier/queue';
import { InMemoryStorageAdapter, StorageManager } from '@townkrier/storage';

class WelcomeEmail extends Notification {
  via() {
    return [NotificationChannel.EMAIL];
  }
  toEmail() {
    return { subject: 'Welcome!', text: 'Welcome!' };
  }
}

const REFUSED = 'refused@example.com';
const outbox = new EventTarget();
let deliveries = 0;

export const notificationManager = new NotificationManager();
notificationManager.registerChannel('outbox', {
  type: NotificationChannel.EMAIL,
  honoursIdempotencyKey: true,
  parseAddress: (address) => address,
  parseMessage: (message) => message,
  send: async ({ address, idempotencyKey }) => {
    if (JSON.stringify(address).includes(REFUSED))
      throw new PermanentError('The outbox refuses this address.');
    deliveries++;
    outbox.dispatchEvent(new Event('delivered'));
    return { messageId: idempotencyKey, status: 'accepted' };
  },
});
export const queueManager = new QueueManager(new InMemoryQueueAdapter(), notificationManager);
export const storageManager = new StorageManager(new InMemoryStorageAdapter());
export const notification = new WelcomeEmail();
export const recipient = { [NotificationChannel.EMAIL]: { email: 'user@example.com' } };

/** Resolves once so many notifications were sent in all. */
export async function delivered(count: number): Promise<void> {
  while (deliveries < count) await once(outbox, 'delivered');
}

/** Stores a job that fails for good, and resolves with its id. Nothing is processed afterwards. */
export async function failedJob(): Promise<string> {
  const failed = Promise.withResolvers<void>();
  queueManager.on('job:failed', () => failed.resolve());
  const { id } = await queueManager.enqueue(notification, {
    [NotificationChannel.EMAIL]: { email: REFUSED },
  });
  queueManager.startProcessing();
  await failed.promise;
  await queueManager.stopProcessing();
  return id;
}

/** Ends everything that was set up here. */
export async function close(): Promise<void> {
  await queueManager.close();
  await storageManager.close();
  await notificationManager.close();
}
