import type { QueueJob } from '@townkrier/queue';

const core = require('@townkrier/core') as typeof import('@townkrier/core', { with: {
  'resolution-mode': 'import',
}});
const queue = require('@townkrier/queue') as typeof import('@townkrier/queue', { with: {
  'resolution-mode': 'import',
}});

const manager = new queue.QueueManager(new queue.InMemoryQueueAdapter(), new core.NotificationManager());
export const job: Promise<QueueJob | null> = manager.getJob('1');
