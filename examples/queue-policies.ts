/**
 * The six queues of a shop, each with a policy of its own: how many jobs at once, how many a minute, how often and when they are tried again, how long they are kept.
 *
 *   node examples/queue-policies.ts
 *
 * In memory here; the same lines keep the limits among all processes that share SQLite, PostgreSQL or Redis. (BullMQ knows no ageing: leave `agingMs` out there.)
 */
import { defineJob, defineQueue, InMemoryQueueAdapter, JobPriority, QueueManager } from '@townkrier/queue';
import { z } from 'zod';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** 30 s, 90 s, 270 s, 810 s. */
const backoff = { type: 'exponential', delay: 30_000, factor: 3 } as const;

const queues = [
  defineQueue({ name: 'email', concurrency: 5, rateLimit: { max: 100, per: MINUTE }, retries: 3, backoff }),
  defineQueue({ name: 'pdf', concurrency: 3, rateLimit: { max: 20, per: MINUTE }, retries: 3, backoff }),
  defineQueue({
    name: 'notification',
    concurrency: 10,
    rateLimit: { max: 200, per: MINUTE },
    retries: 3,
    backoff,
    // What is urgent goes first, but nothing waits for ever: a minute of waiting is worth one step of priority.
    agingMs: MINUTE,
  }),
  defineQueue({
    name: 'ai',
    concurrency: 2,
    rateLimit: { max: 10, per: MINUTE },
    retries: 2,
    timeout: 2 * MINUTE,
    backoff,
  }),
  // The shop gives no figures for these two. What the second did nobody asks for an hour later.
  defineQueue({ name: 'oma', retries: 4, backoff }),
  defineQueue({ name: 'scheduled', retries: 1, backoff, retention: HOUR }),
];

/** Urgent, high, medium, low, as the shop calls them. */
const PRIORITIES = {
  urgent: JobPriority.CRITICAL,
  high: JobPriority.HIGH,
  medium: JobPriority.NORMAL,
  low: JobPriority.LOW,
};

// Finished jobs are cleaned up by age and count, those of all queues together; a queue's `retention` may only be shorter.
const adapter = new InMemoryQueueAdapter({
  keepCompleted: 1_000,
  keepFailed: 5_000,
  finishedMaxAge: 7 * DAY,
});
const manager = new QueueManager(adapter, undefined, { queues });

const order = z.object({ order: z.string() });
const printOrderSheet = defineJob({ name: 'pdf.order-sheet', queue: 'pdf', payload: order });
// A kind may ask for more than its queue: an order confirmation is tried six times in all.
const confirmOrder = defineJob({ name: 'email.confirmation', queue: 'email', payload: order, retries: 5 });
const tellStaff = defineJob({ name: 'notification.staff', queue: 'notification', payload: order });

manager.handle(printOrderSheet, async () => undefined);
manager.handle(confirmOrder, async () => undefined);
manager.handle(tellStaff, async () => undefined);

await manager.queues.pause('email', { reason: 'the mail provider is being changed' });
for (let i = 1; i <= 25; i++) await manager.add(printOrderSheet, { order: `A-${i}` });
await manager.add(confirmOrder, { order: 'A-1' });
await manager.add(tellStaff, { order: 'A-1' }, { priority: PRIORITIES.low });
await manager.add(tellStaff, { order: 'A-2' }, { priority: PRIORITIES.urgent });

manager.startProcessing();
await manager.queues.drain('notification');
while ((await manager.getStats('pdf')).completed < 20)
  await new Promise((resolve) => setTimeout(resolve, 10));

for (const { name, isPaused, pauseReason, stats } of await manager.queues.list()) {
  const state = isPaused ? `paused: ${pauseReason}` : 'works';
  console.log(`${name}: ${stats.completed} done, ${stats.pending} waiting, ${state}`);
}
await manager.close();
