// Hosts.

// Access.
export type { Authorize } from './access/access-policy.ts';
export {
  PERMISSIONS,
  type Permission,
  type Principal,
  ROLE_PERMISSIONS,
  type Role,
} from './access/permissions.ts';
// The API's JSON.
export type {
  ApiError,
  EventSeverity,
  Health,
  JobActionResult,
  JobAttemptView,
  JobDeliveryView,
  JobDetail,
  JobFailure,
  JobList,
  JobStreamEvent,
  JobSummary,
  LogDetail,
  LogExplanation,
  LogList,
  LogStreamEvent,
  LogSummary,
  Me,
  NotificationCounts,
  QueueCounts,
  Stats,
  StreamEventName,
  StreamEvents,
  Timeseries,
} from './api-types.ts';
export {
  createDashboardRouter,
  type DashboardRouter,
  type DashboardRouterOptions,
} from './create-dashboard-router.ts';
export { createDashboardHandler, type DashboardHandler } from './dashboard-handler.ts';
export { DashboardServer } from './dashboard-server.ts';
// Errors.
export { DashboardError, DashboardErrorCode } from './errors.ts';
export type { RequestContext } from './http/request-context.ts';
// Options.
export {
  type DashboardAuth,
  type DashboardFailure,
  type DashboardLimits,
  type DashboardOptions,
  MIN_PASSWORD_LENGTH,
} from './options.ts';
export type { DashboardServerConfig } from './server-options.ts';
export type { DashboardQueue, DashboardStorage } from './sources.ts';
