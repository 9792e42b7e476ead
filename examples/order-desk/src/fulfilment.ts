import type { DeliveryMiddleware, Notification, Recipient } from '@townkrier/core';
import type { QueueJobConfig, QueueManager } from '@townkrier/queue';
import type { Invoices } from './invoices.ts';
import { invoiceDue, orderPlaced } from './jobs.ts';
import { type createOrderConfirmed, newOrder, ORDER_CONFIRMED, orderReceived } from './messages.ts';
import type { Order } from './order.ts';
import type { Orders } from './orders.ts';
import { retriesOf, Urgency, urgencyOf } from './urgency.ts';

/** What an order is fulfilled with. */
export interface FulfilmentParts {
  readonly queueManager: QueueManager;
  readonly orders: Orders;
  readonly invoices: Invoices;
  readonly orderConfirmed: ReturnType<typeof createOrderConfirmed>;
  readonly admin: Recipient;
}

/** Something to tell, to whom, and how it is queued. */
interface Message {
  readonly notification: Notification;
  readonly recipient: Recipient;
  readonly config: QueueJobConfig;
}

/** Everything that an order sets off: messages to the customer and to admins, an invoice, and the mail with it. */
export class Fulfilment {
  readonly #parts: FulfilmentParts;

  constructor(parts: FulfilmentParts) {
    this.#parts = parts;
  }

  /**
   * Queues an order. Any number of times: as long as its first job is kept, no second one is added.
   * @throws {QueueError} when no backend takes it. The order is safe all the same: the next sweep queues it.
   */
  async queue(order: Order): Promise<void> {
    const { queueManager, orders } = this.#parts;
    try {
      await queueManager.add(
        orderPlaced,
        { order: order.key },
        { idempotencyKey: `order:${order.key}`, priority: urgencyOf(order) },
      );
    } catch (error) {
      orders.noteUnqueued(order.key);
      throw error;
    }
  }

  /** Says how the jobs of an order are done. Each may run twice: what it adds has keys, and what it writes replaces what was there. */
  handleJobs(): void {
    const { queueManager, orders, invoices } = this.#parts;
    queueManager.handle(orderPlaced, async ({ payload, idempotencyKey }) => {
      const order = orders.get(payload.order);
      await queueManager.enqueueMany(this.#announcements(order, idempotencyKey));
      await queueManager.add(
        invoiceDue,
        { order: order.key },
        { idempotencyKey: `${idempotencyKey}:invoice`, priority: urgencyOf(order) },
      );
    });
    queueManager.handle(invoiceDue, async ({ payload, idempotencyKey }) => {
      const order = orders.get(payload.order);
      await invoices.create(order);
      const { notification, recipient, config } = this.#confirmation(order, idempotencyKey);
      await queueManager.enqueue(notification, recipient, config);
    });
  }

  /** Does all of it now. What fails is lost, which is what queues are for. */
  async fulfilInline(order: Order): Promise<void> {
    const { queueManager, invoices } = this.#parts;
    const key = `order:${order.key}`;
    for (const { notification, recipient } of this.#announcements(order, key)) {
      await queueManager.sendNow(notification, recipient);
    }
    await invoices.create(order);
    const { notification, recipient } = this.#confirmation(order, key);
    await queueManager.sendNow(notification, recipient);
  }

  #announcements(order: Order, key: string): Message[] {
    const urgency = urgencyOf(order);
    const facts = factsOf(order);
    return [
      {
        notification: orderReceived(facts),
        recipient: customerOf(order),
        config: configOf(Urgency.MEDIUM, `${key}:received`),
      },
      {
        notification: newOrder({ ...facts, isUrgent: order.isExpress }),
        recipient: this.#parts.admin,
        config: configOf(urgency, `${key}:new`),
      },
    ];
  }

  #confirmation(order: Order, key: string): Message {
    const config = configOf(urgencyOf(order), `${key}:mail`);
    return {
      notification: this.#parts
        .orderConfirmed(factsOf(order))
        .setReference(order.id)
        .setMetadata({ order: order.key }),
      recipient: customerOf(order),
      // Every invoice is as important as that of an express order: it only comes later.
      config: {
        ...config,
        queue: 'email',
        maxRetries: retriesOf(Urgency.URGENT),
        groupKey: order.customer.email,
      },
    };
  }
}

/** Tells the order when its mail is out. What it throws is reported and the mail stays sent; a sweep then finds the job of that order done. */
export function noteMailed(orders: Orders): DeliveryMiddleware {
  return {
    name: 'note-mailed',
    async settled({ notification, metadata }, { status }) {
      const isOut = status === 'sent' && notification.type === ORDER_CONFIRMED;
      if (isOut) orders.noteMailed(String(metadata.order));
    },
  };
}

function configOf(urgency: Urgency, idempotencyKey: string): QueueJobConfig {
  return { queue: 'notification', priority: urgency, maxRetries: retriesOf(urgency), idempotencyKey };
}

function factsOf({ id, key, customer, total }: Order) {
  return { id, key, customer: customer.name, total };
}

function customerOf({ customer }: Order): Recipient {
  return { email: customer, in_app: { userId: customer.email } };
}
