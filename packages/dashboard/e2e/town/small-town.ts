import { systemClock } from '@townkrier/core';
import type { QueueEventName, QueueJob, QueueManager } from '@townkrier/queue';
import { appointmentReminder, invoiceDue, orderShipped } from './notifications.ts';
import { createTown, type Town, type TownOptions } from './town.ts';

const HOUR = 3_600_000;
const NUMBER_GONE = 'The number is not in service (21614).';

/** A town in real time with one job of each kind that a person acts on. Its providers take everything from now on. */
export interface SmallTown extends Town {
  readonly failed: QueueJob;
  readonly alsoFailed: QueueJob;
  readonly scheduled: QueueJob;
  readonly completed: QueueJob;
}

/** Builds it and waits until every job stands where it should. */
export async function createSmallTown(options: Partial<TownOptions> = {}): Promise<SmallTown> {
  const town = await createTown({ clock: systemClock, ...options });
  const { queue } = town;
  queue.startProcessing();
  town.script('twilio', () => ({ latency: 0, outcome: 'permanent', message: NUMBER_GONE }));
  const reminder = (minute: number) =>
    queue.enqueue(appointmentReminder({ clinic: 'Riverside Dental', time: `14:${minute}` }), {
      sms: `+49151129900${minute}`,
    });
  const failed = await settled(queue, 'job:failed', () => reminder(10));
  const alsoFailed = await settled(queue, 'job:failed', () => reminder(20));
  const completed = await settled(queue, 'job:completed', () =>
    queue.enqueue(orderShipped({ orderId: 'A-1', city: 'Lagos', name: 'Grace' }), {
      email: 'grace@example.com',
      push: 'device-1-grace',
    }),
  );
  const scheduled = await queue.enqueue(
    invoiceDue({ invoice: '2026-1', name: 'Ada' }),
    { email: 'ada@example.com', in_app: 'user-1' },
    { scheduledFor: new Date(Date.now() + HOUR) },
  );
  town.script('twilio', () => ({ latency: 0, outcome: 'accepted' }));
  return Object.assign(town, { failed, alsoFailed, scheduled, completed });
}

/** Does something with a job, and waits for what comes of it. */
export async function settled<Result>(
  queue: QueueManager,
  event: QueueEventName,
  act: () => Promise<Result>,
): Promise<Result> {
  const happened = new Promise<void>((resolve) => {
    const undo = queue.on(event, () => {
      undo();
      resolve();
    });
  });
  const result = await act();
  await happened;
  return result;
}
