import { defineJob } from '@townkrier/queue';
import { z } from 'zod';

/** A job that another one follows. */
export const sendOne = defineJob({ name: 'one.send', payload: z.object({ number: z.int() }) });

/** What follows, in a chain or after a batch. */
export const reportAll = defineJob({ name: 'all.report', payload: z.object({ month: z.string() }) });
