/**
 * The JSON of the dashboard's API, for whoever calls it: the UI imports these types only. Inferred from the schemas in `responses.ts`, which
 * the contract tests hold the server to. Paths are relative to where the dashboard is mounted.
 *
 * Every change (`POST`, `DELETE`) made by a browser must carry the header `x-townkrier-request: 1`; a body, where one is sent, must be JSON.
 * Repeated or unknown query parameters are answered with 400; empty ones count as absent. Moments are ISO 8601 texts.
 */
import type { z } from 'zod';
import type * as responses from './responses.ts';

/** What can be allowed. `Me.permissions` holds those of the principal. */
export type { Permission } from './access/permissions.ts';

/** `GET api/me`: who is asking and what they may do. Hide what is not in `permissions`; the server enforces it. */
export type Me = z.infer<typeof responses.meSchema>;

/** `GET api/stats`, and the data of the SSE event `stats`. */
export type Stats = z.infer<typeof responses.statsSchema>;
export type QueueCounts = z.infer<typeof responses.queueStatsSchema>;
export type NotificationCounts = z.infer<typeof responses.notificationStatsSchema>;

/** `GET api/health`, with `?deep=1` also asking queue and log. */
export type Health = z.infer<typeof responses.healthSchema>;

/** `GET api/jobs?status=failed,retrying&queue&type&name&tag&limit=50&offset=0&order=desc`; `limit` 1 to 200. `status` takes several, separated by commas. */
export type JobList = z.infer<typeof responses.jobListSchema>;
export type JobSummary = z.infer<typeof responses.jobSummarySchema>;
export type JobFailure = z.infer<typeof responses.jobErrorSchema>;

/** `GET api/jobs/:id`. */
export type JobDetail = z.infer<typeof responses.jobDetailSchema>;
export type JobDeliveryView = z.infer<typeof responses.jobDeliverySchema>;
export type JobAttemptView = z.infer<typeof responses.jobAttemptSchema>;

/** `POST api/jobs/:id/retry`, `POST api/jobs/:id/cancel`, `DELETE api/jobs/:id`. 409 when the job's status forbids it, 404 when there is none. */
export type JobActionResult = z.infer<typeof responses.jobActionSchema>;

/**
 * `GET api/logs?channel&status&recipient&notificationId&notificationType&jobId&provider&startDate&endDate&sortBy=createdAt&sortOrder=desc&limit=50&offset=0`.
 * `status` takes several, separated by commas; `recipient` a whole address; dates ISO 8601; `sortBy` createdAt, updatedAt, sentAt, deliveredAt or failedAt.
 */
export type LogList = z.infer<typeof responses.logListSchema>;
export type LogSummary = z.infer<typeof responses.logSummarySchema>;

/** `GET api/logs/:id`. Show HTML content in `<iframe sandbox src="api/logs/:id/preview">`, never in the page itself. */
export type LogDetail = z.infer<typeof responses.logDetailSchema>;

/** `GET api/logs/:id/explain`. */
export type LogExplanation = z.infer<typeof responses.logExplanationSchema>;

/** `GET api/metrics/timeseries?range=15m|1h|6h|24h`. */
export type Timeseries = z.infer<typeof responses.timeseriesSchema>;

/** The body of every answer that is not 2xx. */
export type ApiError = z.infer<typeof responses.errorSchema>;

/** How loud an event is. */
export type EventSeverity = 'info' | 'warn' | 'error';

/** Data of `job.*` events: never a payload, never an address. */
export interface JobStreamEvent {
  readonly at: string;
  readonly severity: EventSeverity;
  readonly jobId: string;
  readonly queue: string;
  readonly type: string;
  readonly name: string;
  readonly status: string;
  readonly attempts: number;
  /** With `job.progress`. */
  readonly percent?: number;
  /** With `job.retrying`. */
  readonly delayMs?: number;
  /** With `job.completed`, and with `job.failed` unless its worker died. */
  readonly runMs?: number;
}

/** Data of `log.*` events. */
export interface LogStreamEvent {
  readonly at: string;
  readonly severity: EventSeverity;
  readonly logId: string;
  readonly notificationId: string;
  readonly channel: string;
  readonly status: string;
}

/**
 * `GET api/stream?topics=stats,jobs,logs&job=<id>`: server-sent events, by name. `job` narrows `job.*` to one job. Without `topics` all that
 * the principal may read.
 *
 * `job.*` and `log.*` carry an id; the browser sends the last one back when it reconnects (or pass `lastEventId` in the query) and gets what it
 * missed, or `resync` when that is not known any more: then load everything again.
 */
export interface StreamEvents {
  /** First on every connection. */
  hello: { readonly at: string; readonly version: string };
  /** Every 15 seconds. */
  ping: { readonly at: string };
  /** Events were missed: load again what is shown. */
  resync: { readonly at: string };
  /** On connecting and after changes, at most once a second. */
  stats: Stats;
  'job.created': JobStreamEvent;
  'job.scheduled': JobStreamEvent;
  'job.started': JobStreamEvent;
  'job.progress': JobStreamEvent;
  'job.completed': JobStreamEvent;
  'job.retrying': JobStreamEvent;
  'job.failed': JobStreamEvent;
  'job.cancelled': JobStreamEvent;
  'job.released': JobStreamEvent;
  'job.late': JobStreamEvent;
  'job.deleted': JobStreamEvent;
  'log.created': LogStreamEvent;
  'log.updated': LogStreamEvent;
}
export type StreamEventName = keyof StreamEvents;
