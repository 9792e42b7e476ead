/**
 * A queue on a store of your own, in `custom-adapter/array-job-store.ts`: `StoreQueueAdapter` adds workers, retries and events to any `JobStore`.
 * `custom-adapter.test.ts` runs the conformance suites on it.
 *
 *   node examples/custom-adapter.ts
 */
import { Notification, NotificationManager, systemClock, TransientError } from '@townkrier/core';
import { QueueManager, StoreQueueAdapter } from '@townkrier/queue';
import { ArrayJobStore } from './custom-adapter/array-job-store.ts';

class OrderShipped extends Notification {
  via() {
    return ['email'];
  }
  toEmail() {
    return { subject: 'Your order is on its way', text: 'It arrives tomorrow.' };
  }
}

const notificationManager = new NotificationManager();
notificationManager.registerChannel('printer', {
  type: 'email',
  honoursIdempotencyKey: true,
  parseAddress: (address) => address,
  parseMessage: (message) => message,
  send: async ({ address, attempt, idempotencyKey }) => {
    console.log(`try ${attempt} for ${address}`);
    if (attempt === 1) throw new TransientError('The printer is out of paper.');
    return { messageId: idempotencyKey, status: 'accepted' };
  },
});

const adapter = new StoreQueueAdapter(new ArrayJobStore(systemClock), { maxRetries: 2, retryDelay: 10 });
const queueManager = new QueueManager(adapter, notificationManager);
queueManager.on('job:completed', ({ jobId }) => void summarise(jobId));
queueManager.startProcessing();
await queueManager.enqueue(new OrderShipped(), { email: 'ada@example.com' });

async function summarise(jobId: string): Promise<void> {
  const job = await queueManager.getJob(jobId);
  console.log(`the job is ${job?.status} after ${job?.attempts} attempts`);
  await queueManager.close();
  await notificationManager.close();
}
