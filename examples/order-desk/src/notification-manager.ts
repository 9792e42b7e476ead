import { NotificationManager } from '@townkrier/core';
import { noteMailed } from './fulfilment.ts';
import type { Inbox } from './inbox.ts';
import type { MailRoute } from './mail.ts';
import { type createOrderConfirmed, dailyBriefing, newOrder, orderReceived } from './messages.ts';
import type { Orders } from './orders.ts';

/** What notifications go through. */
export interface NotificationManagerParts {
  readonly orders: Orders;
  readonly inbox: Inbox;
  readonly mail: MailRoute;
  readonly orderConfirmed: ReturnType<typeof createOrderConfirmed>;
}

/** The messages of the order desk, and the two ways they go: by mail and inside the app. */
export function createNotificationManager({
  orders,
  inbox,
  mail,
  orderConfirmed,
}: NotificationManagerParts): NotificationManager {
  const manager = new NotificationManager();
  manager.register(orderReceived, orderConfirmed, newOrder, dailyBriefing);
  manager.registerChannel('email-smtp', mail.channel).registerChannel('inbox', inbox.createChannel());
  manager.use(noteMailed(orders));
  return manager;
}
