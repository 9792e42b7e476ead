import { defineNotification } from '@townkrier/core';
import { z } from 'zod';
import type { Invoices } from './invoices.ts';
import { formatAmount } from './order.ts';
import type { Orders } from './orders.ts';

const orderFacts = z.object({ id: z.string(), key: z.string(), customer: z.string(), total: z.int() });

/** Tells a customer, inside the app, that the order has come in. */
export const orderReceived = defineNotification({
  type: 'order.received',
  payload: orderFacts,
  unmasked: ['id', 'key', 'total'],
  channels: {
    in_app: ({ payload }) => ({
      title: `Order ${payload.id} received`,
      message: `Thank you. The invoice over ${formatAmount(payload.total)} comes by mail.`,
    }),
  },
});

/** The type of the mail with the invoice, by which an order learns that it is out. */
export const ORDER_CONFIRMED = 'order.confirmed';

/** The mail with the invoice. That is read when the mail is sent, which may be hours after it was queued: a job carries no files. */
export function createOrderConfirmed(orders: Orders, invoices: Invoices) {
  return defineNotification({
    type: ORDER_CONFIRMED,
    payload: orderFacts,
    unmasked: ['id', 'key', 'total'],
    shouldSend: ({ payload }) => !orders.isMailed(payload.key) || 'it was mailed before',
    channels: {
      email: async ({ payload: { id, key, customer, total } }) => ({
        subject: `Your order ${id}`,
        text: `Hello ${customer},\n\nthank you for your order over ${formatAmount(total)}. The invoice is attached.`,
        attachments: [
          {
            filename: `invoice-${id}.pdf`,
            contentType: 'application/pdf',
            content: await invoices.read(key),
          },
        ],
      }),
    },
  });
}

/** Tells an admin about an order: inside the app, and by mail too where it is urgent. */
export const newOrder = defineNotification({
  type: 'order.new',
  payload: orderFacts.extend({ isUrgent: z.boolean() }),
  unmasked: ['id', 'key', 'total', 'isUrgent'],
  via: ({ payload }) => (payload.isUrgent ? ['in_app', 'email'] : ['in_app']),
  channels: {
    in_app: ({ payload }) => ({ title: titleOf(payload), message: `From ${payload.customer}` }),
    email: ({ payload }) => ({ subject: titleOf(payload), text: `From ${payload.customer}` }),
  },
});

/** What happened in a day, for admins. */
export const dailyBriefing = defineNotification({
  type: 'briefing.daily',
  payload: z.object({ title: z.string(), text: z.string() }),
  unmasked: ['title', 'text'],
  channels: {
    in_app: ({ payload }) => ({ title: payload.title, message: payload.text }),
    email: ({ payload }) => ({ subject: payload.title, text: payload.text }),
  },
});

function titleOf({ id, total, isUrgent }: { id: string; total: number; isUrgent: boolean }): string {
  return `${isUrgent ? 'Express order' : 'Order'} ${id}: ${formatAmount(total)}`;
}
