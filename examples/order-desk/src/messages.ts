import { defineNotification, type EmailAttachment } from '@townkrier/core';
import { z } from 'zod';
import { formatAmount } from './order.ts';

const orderFacts = z.object({ id: z.string(), number: z.int(), customer: z.string(), total: z.int() });

/** What the mail with the invoice asks for when it is sent, which may be hours after it was queued. */
export interface Invoices {
  isMailed(order: number): boolean;
  invoice(order: number): Uint8Array;
}

/** Tells a customer, inside the app, that the order has come in. */
export const orderReceived = defineNotification({
  type: 'order.received',
  payload: orderFacts,
  unmasked: ['id', 'number', 'total'],
  channels: {
    in_app: ({ payload }) => ({
      title: `Order ${payload.id} received`,
      message: `Thank you. The invoice over ${formatAmount(payload.total)} comes by mail.`,
    }),
  },
});

/** Mails the invoice. Its type, by which the order learns that the mail is out. */
export const ORDER_CONFIRMED = 'order.confirmed';

/** The mail with the invoice, which is read when the mail is sent: a job carries no files. */
export function createOrderConfirmed(invoices: Invoices) {
  return defineNotification({
    type: ORDER_CONFIRMED,
    payload: orderFacts,
    unmasked: ['id', 'number', 'total'],
    shouldSend: ({ payload }) => !invoices.isMailed(payload.number) || 'it was mailed before',
    channels: {
      email: ({ payload: { id, number, customer, total } }) => ({
        subject: `Your order ${id}`,
        text: `Hello ${customer},\n\nthank you for your order over ${formatAmount(total)}. The invoice is attached.`,
        attachments: [toAttachment(id, invoices.invoice(number))],
      }),
    },
  });
}

/** Tells an admin about an order: inside the app, and by mail too where it is urgent. */
export const newOrder = defineNotification({
  type: 'order.new',
  payload: orderFacts.extend({ isUrgent: z.boolean() }),
  unmasked: ['id', 'number', 'total', 'isUrgent'],
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

function toAttachment(id: string, content: Uint8Array): EmailAttachment {
  return { filename: `invoice-${id}.pdf`, contentType: 'application/pdf', content };
}
