/** Every kind of job of the newsroom: what it is called, where it waits, what it carries. Payloads hold ids; what a job needs to know it reads when it runs. */
import { type AnyJobDefinition, defineJob, JobPriority } from '@townkrier/queue';
import { z } from 'zod';

const id = z.string().min(1).max(64);
const aboutArticle = z.strictObject({ article: id });
const MINUTE = 60_000;

/** The languages the newsroom translates to. */
export const Language = z.enum(['de', 'es', 'fr']);

// AI

export const contentGenerate = defineJob({ name: 'ai.content.generate', queue: 'ai', payload: aboutArticle });
export const seoOptimize = defineJob({ name: 'ai.seo.optimize', queue: 'ai', payload: aboutArticle });
export const translate = defineJob({
  name: 'ai.translate',
  queue: 'ai',
  payload: aboutArticle.extend({ language: Language }),
});
export const scoreRerun = defineJob({
  name: 'ai.score.rerun',
  queue: 'ai',
  payload: aboutArticle,
  priority: JobPriority.LOW,
});

// Workflows

export const workflowDispatch = defineJob({
  name: 'workflow.dispatch',
  queue: 'workflows',
  payload: aboutArticle,
});
export const stepExecute = defineJob({
  name: 'workflow.step.execute',
  queue: 'workflows',
  payload: aboutArticle.extend({ step: z.enum(['check', 'publish']) }),
});
export const workflowRetry = defineJob({ name: 'workflow.retry', queue: 'workflows', payload: aboutArticle });

// Analytics

/** Without an hour: the one that ended last before the schedule's slot. */
export const snapshotHourly = defineJob({
  name: 'analytics.snapshot.hourly',
  queue: 'analytics',
  payload: z.strictObject({ hour: z.iso.datetime().optional() }),
});
export const aggregateDaily = defineJob({
  name: 'analytics.aggregate.daily',
  queue: 'analytics',
  payload: z.strictObject({ day: z.iso.date().optional() }),
});
export const recomputeRange = defineJob({
  name: 'analytics.recompute.range',
  queue: 'analytics',
  payload: z
    .strictObject({ from: z.iso.date(), to: z.iso.date() })
    .refine(({ from, to }) => from <= to, 'expected from before to'),
  timeout: 10 * MINUTE,
});

// Email

export const emailSend = defineJob({
  name: 'email.send',
  queue: 'email',
  payload: aboutArticle.extend({ subscriber: id }),
});
/** The code itself is in no payload; one that comes too late is of no use to anybody. */
export const otpSend = defineJob({
  name: 'email.otp.send',
  queue: 'email',
  payload: z.strictObject({ subscriber: id }),
  priority: JobPriority.CRITICAL,
  expiresIn: 5 * MINUTE,
});
export const notificationDispatch = defineJob({
  name: 'email.notification.dispatch',
  queue: 'email',
  payload: aboutArticle,
});

// Plugins

export const pluginExecute = defineJob({
  name: 'plugin.execute',
  queue: 'plugins',
  payload: aboutArticle.extend({ plugin: z.enum(['reading-time', 'shout-check']) }),
});
/** Names the receiver; where that is, the newsroom knows. */
export const webhookDeliver = defineJob({
  name: 'plugin.webhook.deliver',
  queue: 'plugins',
  payload: aboutArticle.extend({ receiver: id, event: id }),
});
export const eventDispatch = defineJob({
  name: 'plugin.event.dispatch',
  queue: 'plugins',
  payload: aboutArticle.extend({ event: id }),
});

// System

export const cacheInvalidate = defineJob({
  name: 'system.cache.invalidate',
  queue: 'system',
  payload: aboutArticle,
});
export const indexRebuild = defineJob({
  name: 'system.index.rebuild',
  queue: 'system',
  payload: z.strictObject({}),
});
export const healthCheck = defineJob({
  name: 'system.health.check',
  queue: 'system',
  payload: z.strictObject({}),
  retries: 0,
  expiresIn: MINUTE,
});

const all: readonly AnyJobDefinition[] = [
  contentGenerate,
  seoOptimize,
  translate,
  scoreRerun,
  workflowDispatch,
  stepExecute,
  workflowRetry,
  snapshotHourly,
  aggregateDaily,
  recomputeRange,
  emailSend,
  otpSend,
  notificationDispatch,
  pluginExecute,
  webhookDeliver,
  eventDispatch,
  cacheInvalidate,
  indexRebuild,
  healthCheck,
];

/** The kinds by name, for whoever edits what a dead letter carries. */
export const jobsByName: ReadonlyMap<string, AnyJobDefinition> = new Map(all.map((job) => [job.name, job]));
