import type { Recipient } from '@townkrier/core';
import type { FailoverQueueAdapter, QueueManager } from '@townkrier/queue';
import { briefingDue, briefingWritten } from './jobs.ts';
import { dailyBriefing } from './messages.ts';
import { formatAmount } from './order.ts';
import type { Orders } from './orders.ts';
import { retriesOf, Urgency } from './urgency.ts';

const DAY_MS = 86_400_000;

/** What a briefing is made with. */
export interface BriefingParts {
  readonly queueManager: QueueManager;
  readonly orders: Orders;
  readonly admin: Recipient;
}

/** Says how briefings are made: the slot asks for one, the queue `ai` writes it, and it goes out when nothing more urgent waits. */
export function handleBriefings({ queueManager, orders, admin }: BriefingParts): void {
  queueManager.handle(briefingDue, async ({ job, idempotencyKey }) => {
    const until = String(job.metadata.slotAt ?? job.createdAt.toISOString());
    await queueManager.add(briefingWritten, { until }, { idempotencyKey: `${idempotencyKey}:write` });
  });
  queueManager.handle(briefingWritten, async ({ payload, idempotencyKey }) => {
    await queueManager.enqueue(dailyBriefing(write(orders, new Date(payload.until))), admin, {
      queue: 'notification',
      priority: Urgency.LOW,
      maxRetries: retriesOf(Urgency.LOW),
      idempotencyKey: `${idempotencyKey}:send`,
    });
  });
}

/** When briefings are due. */
export interface BriefingSlots {
  readonly cron: string;
  readonly timeZone: string;
  /** Where there are two sides: the schedule is kept by the primary alone. */
  readonly failover: FailoverQueueAdapter | null;
  readonly onError: (error: unknown) => void;
}

/** Sets the schedule; where Redis keeps it, as soon as that is there, and again whenever it comes back: it may have forgotten everything. Setting the same again changes nothing. */
export function scheduleBriefings(
  { schedules }: QueueManager,
  { failover, onError, ...slots }: BriefingSlots,
): void {
  const set = () => {
    schedules.set({ name: 'daily-briefing', job: briefingDue, payload: {}, ...slots }).catch(onError);
  };
  if (failover === null) set();
  else failover.on('failover:closed', set);
}

/** Stands for a model that writes: the same facts, the same words. */
function write(orders: Orders, until: Date): { readonly title: string; readonly text: string } {
  const { count, total } = orders.turnover(new Date(until.getTime() - DAY_MS), until);
  const text = `New orders within 24 hours: ${count}, ${formatAmount(total)} in all.`;
  return { title: `Briefing of ${until.toISOString().slice(0, 10)}`, text };
}
