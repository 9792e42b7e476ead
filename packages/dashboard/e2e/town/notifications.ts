import { defineNotification } from '@townkrier/core';
import { z } from 'zod';

const paragraph = (text: string): string => `<p style="margin:0 0 14px">${text}</p>`;

/** A mail as shops send them: styled inline. */
function mail(title: string, ...paragraphs: string[]): string {
  return [
    '<!doctype html><html><body style="margin:0;background:#f4f4f6;font:15px/1.55 Inter,Arial,sans-serif;color:#1d2430">',
    '<div style="max-width:520px;margin:24px auto;padding:28px 32px;background:#fff;border-radius:12px">',
    `<h1 style="margin:0 0 16px;font-size:20px">${title}</h1>`,
    ...paragraphs.map(paragraph),
    '</div></body></html>',
  ].join('');
}

export const orderShipped = defineNotification({
  type: 'order.shipped',
  payload: z.object({ orderId: z.string(), city: z.string(), name: z.string() }),
  unmasked: ['orderId', 'city'],
  channels: {
    email: ({ payload }) => ({
      subject: `Order ${payload.orderId} is on its way`,
      html: mail(
        'Your order is on its way',
        `Hello ${payload.name}, we handed order <b>${payload.orderId}</b> to the carrier this morning.`,
        `It should reach ${payload.city} within two working days.`,
        '<a href="https://shop.example.com/track?token=tk_live_8f2c" style="color:#4338ca">Follow the parcel</a>',
      ),
    }),
    push: ({ payload }) => ({
      title: 'On its way',
      body: `Order ${payload.orderId} left our warehouse.`,
    }),
  },
});

export const appointmentReminder = defineNotification({
  type: 'appointment.reminder',
  payload: z.object({ clinic: z.string(), time: z.string() }),
  unmasked: ['clinic', 'time'],
  channels: {
    sms: ({ payload }) => ({
      text: `${payload.clinic}: see you at ${payload.time}. Reply STOP to opt out.`,
    }),
  },
});

export const signInCode = defineNotification({
  type: 'account.sign-in-code',
  payload: z.object({ code: z.string() }),
  channels: {
    sms: ({ payload }) => ({ text: `Your sign-in code is ${payload.code}. It ends in 10 minutes.` }),
  },
});

export const invoiceDue = defineNotification({
  type: 'invoice.due',
  payload: z.object({ invoice: z.string(), name: z.string() }),
  unmasked: ['invoice'],
  channels: {
    email: ({ payload }) => ({
      subject: `Invoice ${payload.invoice} is due on Friday`,
      html: mail(
        `Invoice ${payload.invoice}`,
        `Dear ${payload.name}, this is a friendly reminder that the invoice is due on Friday.`,
      ),
    }),
    in_app: ({ payload }) => ({
      title: 'Invoice due',
      message: `Invoice ${payload.invoice} is due on Friday.`,
    }),
  },
});

export const commentPosted = defineNotification({
  type: 'comment.posted',
  payload: z.object({ document: z.string(), author: z.string() }),
  unmasked: ['document'],
  channels: {
    in_app: ({ payload }) => ({
      title: 'New comment',
      message: `${payload.author} commented on ${payload.document}.`,
    }),
    push: ({ payload }) => ({ title: 'New comment', body: `Somebody commented on ${payload.document}.` }),
  },
});

export const weeklyDigest = defineNotification({
  type: 'digest.weekly',
  payload: z.object({ week: z.number() }),
  unmasked: ['week'],
  channels: {
    email: ({ payload }) => ({
      subject: `Your week ${payload.week} at a glance`,
      html: mail(
        `Week ${payload.week}`,
        'Twelve documents changed, three comments wait for you, nothing is overdue.',
      ),
    }),
  },
});

/** Everything the town sends. */
export const townNotifications = [
  orderShipped,
  appointmentReminder,
  signInCode,
  invoiceDue,
  commentPosted,
  weeklyDigest,
];
