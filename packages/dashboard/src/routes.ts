import { z } from 'zod';
import { getHealth } from './handlers/get-health.ts';
import { getMe } from './handlers/get-me.ts';
import { createOpenApiHandler } from './handlers/get-openapi.ts';
import { getStats } from './handlers/get-stats.ts';
import { getTimeseries } from './handlers/get-timeseries.ts';
import { cancelJob, deleteJob, getJob, listJobs, retryJob } from './handlers/jobs.ts';
import { explainLog, getLog, listLogs, previewLog } from './handlers/logs.ts';
import { openStream } from './handlers/open-stream.ts';
import { getAsset, getPage } from './handlers/ui.ts';
import { notFound } from './http/errors.ts';
import * as queries from './queries.ts';
import * as responses from './responses.ts';
import { defineRoute, type Route } from './route.ts';

const { noParams, noQuery, byId, emptyBody } = queries;

/**
 * Everything that can be reached, with what it needs. Validation, the check of permissions, OpenAPI and the test of every role against every
 * route all read this table; what is not in it does not exist.
 */
export const API_ROUTES: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/api/stats',
    summary: 'Jobs and notifications in numbers.',
    permission: 'stats:read',
    params: noParams,
    query: noQuery,
    response: responses.statsSchema,
    handle: getStats,
  }),
  defineRoute({
    method: 'GET',
    path: '/api/health',
    summary: 'Whether the dashboard answers; with deep=1 also whether queue and log do.',
    permission: 'stats:read',
    params: noParams,
    query: queries.healthQuery,
    response: responses.healthSchema,
    handle: getHealth,
  }),
  defineRoute({
    method: 'GET',
    path: '/api/me',
    summary: 'Who is asking and what they may do.',
    permission: 'any',
    params: noParams,
    query: noQuery,
    response: responses.meSchema,
    handle: getMe,
  }),
  defineRoute({
    method: 'GET',
    path: '/api/jobs',
    summary: 'A page of jobs, newest first.',
    permission: 'jobs:read',
    params: noParams,
    query: queries.jobsQuery,
    response: responses.jobListSchema,
    handle: listJobs,
  }),
  defineRoute({
    method: 'GET',
    path: '/api/jobs/:id',
    summary: 'One job with its deliveries, attempts and log lines.',
    permission: 'jobs:read',
    params: byId,
    query: noQuery,
    response: responses.jobDetailSchema,
    handle: getJob,
  }),
  defineRoute({
    method: 'DELETE',
    path: '/api/jobs/:id',
    summary: 'Deletes a job that is not running.',
    permission: 'jobs:delete',
    params: byId,
    query: noQuery,
    body: emptyBody,
    response: responses.jobActionSchema,
    handle: deleteJob,
  }),
  defineRoute({
    method: 'POST',
    path: '/api/jobs/:id/retry',
    summary: 'Tries a failed, cancelled or waiting job again, now.',
    permission: 'jobs:retry',
    params: byId,
    query: noQuery,
    body: emptyBody,
    response: responses.jobActionSchema,
    handle: retryJob,
  }),
  defineRoute({
    method: 'POST',
    path: '/api/jobs/:id/cancel',
    summary: 'Ends a job that has not ended.',
    permission: 'jobs:cancel',
    params: byId,
    query: noQuery,
    body: emptyBody,
    response: responses.jobActionSchema,
    handle: cancelJob,
  }),
  defineRoute({
    method: 'GET',
    path: '/api/logs',
    summary: 'A page of the delivery log, newest first.',
    permission: 'logs:read',
    params: noParams,
    query: queries.logsQuery,
    response: responses.logListSchema,
    handle: listLogs,
  }),
  defineRoute({
    method: 'GET',
    path: '/api/logs/:id',
    summary: 'One row of the delivery log with its content, as its privacy allows.',
    permission: 'logs:read',
    params: byId,
    query: noQuery,
    response: responses.logDetailSchema,
    handle: getLog,
  }),
  defineRoute({
    method: 'GET',
    path: '/api/logs/:id/preview',
    summary: 'The message as a page that can do nothing, for a sandboxed frame.',
    permission: 'logs:read',
    params: byId,
    query: noQuery,
    response: 'text/html',
    kind: 'preview',
    handle: previewLog,
  }),
  defineRoute({
    method: 'GET',
    path: '/api/logs/:id/explain',
    summary: 'Why it was, or was not, sent.',
    permission: 'logs:read',
    params: byId,
    query: noQuery,
    response: responses.logExplanationSchema,
    handle: explainLog,
  }),
  defineRoute({
    method: 'GET',
    path: '/api/metrics/timeseries',
    summary: 'What jobs came to over time, counted in this process.',
    permission: 'stats:read',
    params: noParams,
    query: queries.timeseriesQuery,
    response: responses.timeseriesSchema,
    handle: getTimeseries,
  }),
  defineRoute({
    method: 'GET',
    path: '/api/stream',
    summary: 'Events as they happen, as server-sent events; each topic needs its own permission.',
    permission: 'any',
    params: noParams,
    query: queries.streamQuery,
    response: 'text/event-stream',
    handle: openStream,
  }),
  defineRoute({
    method: 'GET',
    path: '/api/openapi.json',
    summary: 'This API as an OpenAPI document.',
    permission: 'any',
    params: noParams,
    query: noQuery,
    response: z.record(z.string(), z.unknown()),
    handle: createOpenApiHandler(() => API_ROUTES),
  }),
];

const anything = z.unknown();

/** The pages and their files. Last, because the page answers every path that nothing else does. */
export const UI_ROUTES: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/api/**',
    summary: 'There is no page below api.',
    permission: 'any',
    params: anything,
    query: anything,
    response: '*/*',
    handle: async () => {
      throw notFound();
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/assets/**:file',
    summary: 'A file of the page.',
    permission: 'any',
    params: z.strictObject({ file: z.string() }),
    query: anything,
    response: '*/*',
    handle: getAsset,
  }),
  defineRoute({
    method: 'GET',
    path: '/**',
    summary: 'The page.',
    permission: 'any',
    params: anything,
    query: anything,
    response: 'text/html',
    handle: getPage,
  }),
];
