import { defineJob } from '@townkrier/queue';
import { z } from 'zod';

/** The order's key only: what a job needs to know it reads when it runs. */
const aboutOrder = z.object({ order: z.string() });

/** An order was stored: tell everybody, and ask for the invoice. */
export const orderPlaced = defineJob({ name: 'order.placed', queue: 'oma', payload: aboutOrder });

/** Makes the PDF, and queues the mail with it. */
export const invoiceDue = defineJob({ name: 'invoice.render', queue: 'pdf', payload: aboutOrder });

/** What the schedule adds. */
export const briefingDue = defineJob({ name: 'briefing.due', queue: 'scheduled', payload: z.object({}) });

/** Writes the briefing about the day before a moment. */
export const briefingWritten = defineJob({
  name: 'briefing.write',
  queue: 'ai',
  payload: z.object({ until: z.iso.datetime() }),
});
