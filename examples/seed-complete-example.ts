/** The "Complete Example" of seed 001 as it stands there, but for the address of Resend's API. It runs until it is stopped. */
// #region seed 001: Complete Example
import { NotificationManager, Notification, NotificationChannel } from '@townkrier/core';
import { QueueManager, InMemoryQueueAdapter, JobPriority } from '@townkrier/queue';
import { StorageManager, InMemoryStorageAdapter } from '@townkrier/storage';
import { DashboardServer } from '@townkrier/dashboard';
import { createResendChannel } from '@townkrier/resend';

// 1. Setup Notification Manager
const notificationManager = new NotificationManager({
  defaultChannel: 'email-resend',
  channels: [
    {
      name: 'email-resend',
      enabled: true,
      config: {
        apiKey: process.env.RESEND_API_KEY,
        from: 'notifications@example.com',
        baseUrl: process.env.RESEND_BASE_URL, // the one line that is not in the seed: where Resend's API is
      },
    },
  ],
});

notificationManager.registerFactory('email-resend', createResendChannel);

// 2. Setup Queue
const queueAdapter = new InMemoryQueueAdapter({
  maxRetries: 3,
  retryDelay: 1000,
});

const queueManager = new QueueManager(queueAdapter, notificationManager);

// 3. Setup Storage
const storageManager = new StorageManager(new InMemoryStorageAdapter());

// 4. Setup Dashboard
const dashboard = new DashboardServer({
  queueManager,
  storageManager,
  port: 3000,
  path: '/dashboard',
});

// 5. Start Everything
queueManager.startProcessing();
dashboard.start();

// 6. Create Notification
class WelcomeEmail extends Notification {
  via() {
    return [NotificationChannel.EMAIL];
  }
  toEmail() {
    return {
      subject: 'Welcome!',
      html: '<h1>Welcome!</h1>',
      text: 'Welcome!',
      message: 'Welcome!',
    };
  }
}

// 7. Send Notifications
const notification = new WelcomeEmail();
const recipient = {
  [NotificationChannel.EMAIL]: { email: 'user@example.com' },
};

// Send immediately
await queueManager.sendNow(notification, recipient);

// Queue for background
await queueManager.enqueue(notification, recipient);

// Schedule for later
await queueManager.enqueue(notification, recipient, {
  scheduledFor: new Date(Date.now() + 60000), // 1 minute
  priority: JobPriority.HIGH,
});

// Visit http://localhost:3000/dashboard to monitor!
// #endregion
