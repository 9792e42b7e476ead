import type { QueueJob } from '@townkrier/queue';
import { dayOf, daysBetween } from '../analytics.ts';
import { aggregateDaily, recomputeRange, snapshotHourly } from '../contracts.ts';
import type { HandlerParts } from './handler-parts.ts';

const HOUR = 3_600_000;

export function handleAnalytics({ queue, newsroom: { analytics } }: HandlerParts): void {
  queue.handle(snapshotHourly, ({ payload: { hour }, job }) => {
    analytics.takeSnapshot(hour === undefined ? before(job, HOUR) : new Date(hour));
  });

  queue.handle(aggregateDaily, ({ payload: { day }, job }) => {
    analytics.aggregate(day ?? dayOf(before(job, 24 * HOUR)));
  });

  queue.handle(recomputeRange, async ({ payload: { from, to }, progress, signal }) => {
    const days = daysBetween(from, to);
    for (const [done, day] of days.entries()) {
      signal.throwIfAborted();
      analytics.aggregate(day);
      await progress((100 * (done + 1)) / days.length, day);
    }
    return { days: days.length };
  });
}

/** So many milliseconds before the slot a job stands for, or before it was added. */
function before({ metadata, createdAt }: QueueJob, milliseconds: number): Date {
  const { slotAt } = metadata;
  const slot = typeof slotAt === 'string' ? new Date(slotAt) : createdAt;
  return new Date(slot.getTime() - milliseconds);
}
