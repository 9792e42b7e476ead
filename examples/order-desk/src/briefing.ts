import type { Recipient } from '@townkrier/core';
import type { QueueManager } from '@townkrier/queue';
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

/** Stands for a model that writes: the same facts, the same words. */
function write(orders: Orders, until: Date): { readonly title: string; readonly text: string } {
  const { count, total } = orders.turnover(new Date(until.getTime() - DAY_MS), until);
  const text = `New orders within 24 hours: ${count}, ${formatAmount(total)} in all.`;
  return { title: `Briefing of ${until.toISOString().slice(0, 10)}`, text };
}
