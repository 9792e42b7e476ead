import { z } from 'zod';

/**
 * What the API answers, as schemas: the contract tests parse real answers with them, OpenAPI is made of them, and `api-types.ts` is
 * inferred from them. Objects allow more keys, because fields are only ever added.
 */

/** A moment, ISO 8601 in UTC. */
const moment = z.iso.datetime();
const maybeMoment = moment.nullable();
const count = z.int().min(0);

const principalSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** `viewer`, `operator`, `admin`, or `custom` when its permissions were given one by one. */
  role: z.string(),
});

export const meSchema = z.object({
  principal: principalSchema,
  /** What this principal may do, `readOnly` already taken into account. */
  permissions: z.array(z.string()),
  readOnly: z.boolean(),
  /** `production`, `development`, … */
  environment: z.string(),
  version: z.string(),
  features: z.object({
    /** Whether a running job can be cancelled. */
    cancelRunning: z.boolean(),
    /** Which filters of the job list the queue's adapter knows. */
    jobFilters: z.array(z.string()),
  }),
});

export const queueStatsSchema = z.object({
  pending: count,
  processing: count,
  completed: count,
  failed: count,
  retrying: count,
  scheduled: count,
  cancelled: count,
});

export const notificationStatsSchema = z.object({
  total: count,
  sent: count,
  delivered: count,
  failed: count,
  retrying: count,
  byChannel: z.record(z.string(), count),
  byStatus: z.record(z.string(), count),
});

export const statsSchema = z.object({
  queue: queueStatsSchema,
  notifications: notificationStatsSchema,
  timestamp: moment,
});

const dependencyHealthSchema = z.object({
  status: z.enum(['ok', 'down']),
  /** Milliseconds its statistics took. */
  latencyMs: z.number().min(0),
});

export const failoverSchema = z.object({
  /** Where new jobs go. */
  active: z.enum(['primary', 'fallback']),
  /** Whether what waited in the fallback is on its way to the primary. */
  isDraining: z.boolean(),
  waitingInFallback: count,
});

export const healthSchema = z.object({
  /** `degraded` (with HTTP status 503) only with `deep=1`, when the queue or the log did not answer. */
  status: z.enum(['ok', 'degraded']),
  timestamp: moment,
  version: z.string(),
  /** With `deep=1` only; `failover` where the queue has a fallback. */
  queue: dependencyHealthSchema.extend({ failover: failoverSchema.optional() }).optional(),
  /** With `deep=1` only. */
  storage: dependencyHealthSchema.optional(),
});

export const jobErrorSchema = z.object({
  name: z.string(),
  /** Masked. */
  message: z.string(),
  code: z.string().optional(),
  /** Masked; outermost first. */
  causes: z.array(z.string()).optional(),
});

const progressSchema = z.object({ percent: z.number(), step: z.string().nullable() });

export const jobSummarySchema = z.object({
  id: z.string(),
  queue: z.string(),
  /** Which handler runs it. */
  type: z.string(),
  /** For people: the notification's type, or the job's. */
  name: z.string(),
  status: z.string(),
  priority: z.number(),
  attempts: count,
  maxRetries: count,
  crashes: count,
  replays: count,
  /** The channels of its deliveries, each once. */
  channels: z.array(z.string()),
  /** The first address, masked; `null` when the job carries none. */
  recipient: z.string().nullable(),
  /** How many addresses it is for. */
  recipients: count,
  progress: progressSchema.nullable(),
  error: jobErrorSchema.nullable(),
  tags: z.array(z.string()),
  /** Milliseconds the latest try took, or has been running; `null` before the first. */
  durationMs: z.number().min(0).nullable(),
  /** From then on it is cancelled instead of started. */
  expiresAt: maybeMoment,
  scheduledFor: maybeMoment,
  nextRunAt: maybeMoment,
  createdAt: moment,
  updatedAt: moment,
  startedAt: maybeMoment,
  completedAt: maybeMoment,
  failedAt: maybeMoment,
  cancelledAt: maybeMoment,
});

export const jobDeliverySchema = z.object({
  idempotencyKey: z.string(),
  channel: z.string(),
  /** `pending`, `sending`, `sent`, `skipped`, `failed`, `unknown` or `cancelled`. */
  status: z.string(),
  isRetryable: z.boolean(),
  attempts: count,
  provider: z.string().nullable(),
  messageId: z.string().nullable(),
  /** Masked. */
  reason: z.string().nullable(),
  updatedAt: moment,
});

export const jobAttemptSchema = z.object({
  attempt: count,
  workerId: z.string(),
  startedAt: moment,
  finishedAt: maybeMoment,
  /** `running`, `completed`, `failed`, `retried`, `postponed`, `interrupted`, `cancelled` or `late`. */
  outcome: z.string(),
  error: jobErrorSchema.nullable(),
  retryDelayMs: z.number().nullable(),
});

export const jobDetailSchema = jobSummarySchema.extend({
  deliveries: z.array(jobDeliverySchema),
  /** Oldest first. */
  attemptLog: z.array(jobAttemptSchema),
  /** What its handler logged, oldest first, masked. */
  logs: z.array(z.object({ at: moment, attempt: count, message: z.string() })),
  /** Masked. */
  metadata: z.record(z.string(), z.unknown()),
  /** The stored data with every text masked; `null` without the permission `jobs:payload:read`. */
  payload: z.unknown(),
  /** Masked. */
  result: z.unknown(),
  backoff: z.record(z.string(), z.unknown()),
  timeoutMs: z.number(),
  groupKey: z.string().nullable(),
  idempotencyKey: z.string().nullable(),
  /** What may be done with it in its present status, by anyone with the permission. */
  actions: z.array(z.enum(['retry', 'cancel', 'delete'])),
});

const pageSchema = z.object({ offset: count, limit: count });

export const jobListSchema = z.object({
  jobs: z.array(jobSummarySchema),
  /** How many are in `jobs`. */
  count,
  /** How many match in all. */
  total: count,
  page: pageSchema,
});

export const jobActionSchema = z.object({
  success: z.literal(true),
  message: z.string(),
  jobId: z.string(),
});

const retryLogSchema = z.object({
  attempt: count,
  status: z.string(),
  timestamp: moment,
  provider: z.string().optional(),
  error: z.string().optional(),
  errorCode: z.string().optional(),
});

export const logSummarySchema = z.object({
  id: z.string(),
  notificationId: z.string(),
  notificationType: z.string().optional(),
  channel: z.string(),
  /** Masked; in clear only for `public` rows and principals with `recipients:read`. */
  recipient: z.string(),
  status: z.string(),
  subject: z.string().optional(),
  contentType: z.enum(['text', 'html']).optional(),
  contentPrivacy: z.enum(['public', 'masked', 'private']),
  /** Whether content was kept: `GET /api/logs/:id` has it. */
  hasContent: z.boolean(),
  attempts: count,
  provider: z.string().optional(),
  messageId: z.string().optional(),
  jobId: z.string().optional(),
  reason: z.string().optional(),
  error: z.string().optional(),
  errorCode: z.string().optional(),
  tags: z.array(z.string()).optional(),
  scheduledFor: moment.optional(),
  sentAt: moment.optional(),
  deliveredAt: moment.optional(),
  failedAt: moment.optional(),
  createdAt: moment,
  updatedAt: moment,
});

export const logDetailSchema = logSummarySchema.extend({
  content: z.string().optional(),
  retryLogs: z.array(retryLogSchema),
  idempotencyKey: z.string().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
});

export const logListSchema = z.object({
  logs: z.array(logSummarySchema),
  /** How many match in all. */
  total: count,
  page: pageSchema,
});

export const logExplanationSchema = z.object({
  logId: z.string(),
  /** One sentence: why it was, or was not, sent. */
  summary: z.string(),
  /** What happened, oldest first. */
  steps: z.array(z.object({ at: moment, what: z.string(), text: z.string() })),
  /** The same as whole sentences: the summary, then each step. */
  lines: z.array(z.string()),
});

const percentilesSchema = z.object({ p50: z.number(), p95: z.number() });

export const timeseriesSchema = z.object({
  range: z.enum(['15m', '1h', '6h', '24h']),
  /** Milliseconds each point covers. */
  stepMs: count,
  from: moment,
  to: moment,
  /** When this process began to count; earlier points are zero because nobody counted, not because nothing ran. */
  since: moment,
  /** Oldest first, without gaps; the last one is still filling. */
  points: z.array(
    z.object({
      /** Start of the interval. */
      at: moment,
      completed: count,
      failed: count,
      retried: count,
      /** Milliseconds between due and started, estimated from a histogram; `null` when nothing completed. */
      waitMs: percentilesSchema.nullable(),
      /** Milliseconds the completed tries took; `null` when nothing completed. */
      runMs: percentilesSchema.nullable(),
    }),
  ),
});

export const errorSchema = z.object({
  /** For people. */
  error: z.string(),
  /** Stable: `INVALID_INPUT`, `UNAUTHENTICATED`, `FORBIDDEN`, `NOT_FOUND`, … */
  code: z.string(),
  /** What to do about it. */
  message: z.string().optional(),
  /** With `INVALID_INPUT`: which parameters and why. */
  issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  /** With `NOT_FOUND` and `CONFLICT` of a job. */
  jobId: z.string().optional(),
  /** With `NOT_FOUND` of a log row. */
  logId: z.string().optional(),
  /** With 500 and 503: name it when you ask whoever runs the server. */
  requestId: z.string().optional(),
});
