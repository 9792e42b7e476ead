// Who did what

export type { AuditEntry, AuditFacts, AuditSink, AuditTarget } from './audit/audit-entry.ts';
export { AuditAction } from './audit/audit-entry.ts';
export { type AuditedChange, AuditTrail, recordChange } from './audit/audit-trail.ts';
export type { AuditTrailOptions } from './audit/audit-trail-options.ts';
export { AuditedQueueAdapter } from './audit/audited-queue-adapter.ts';

// The job model

export type { BackoffFunction, BackoffOption, BackoffPolicy, StoredBackoff } from './backoff.ts';
// Waiting between tries
export { backoffDelay, MAX_RETRY_DELAY } from './backoff.ts';
export { type BatchOptions, MAX_BATCH_JOBS } from './batches/batch-options.ts';
export type { BatchCounts, BatchOutcome } from './batches/batch-outcome.ts';
// Jobs that belong together
export { type Batch, type BatchAdapter, Batches, type BatchesOptions } from './batches/batches.ts';
export { type ChainOptions, MAX_CHAIN_STEPS } from './chains/chain-options.ts';
export type { ParentStep } from './chains/chain-place.ts';
export { type Step, type StepOptions, step } from './chains/step.ts';
// What failed for good
export type { DeadLetter } from './dead-letters/dead-letter.ts';
export type { DeadLetterSelection } from './dead-letters/dead-letter-selection.ts';
export {
  type ClearConfirmation,
  type ClearResult,
  type DeadLetterPage,
  type DeadLetterSearch,
  DeadLetters,
  type FailureGroupList,
  type ReplayAllResult,
  type ReplayResult,
} from './dead-letters/dead-letters.ts';
export { DEFAULT_MAX_REPLAYS, type DeadLettersOptions } from './dead-letters/dead-letters-options.ts';
export type { FailureGroup } from './dead-letters/failure-groups.ts';
export type { DeadLetterReplayOptions } from './dead-letters/replayer.ts';
// Adds that are one job
export type { AddOutcome, AddResult } from './dedupe/add-result.ts';
export type { Dedupe, DedupeDebounce, DedupeOption, DedupeWindow } from './dedupe/dedupe.ts';
// Kinds of jobs of the app's own
export {
  type AnyJobDefinition,
  defineJob,
  type JobDefinition,
  type JobDefinitionOptions,
} from './define-job.ts';
// Errors, and what a handler may throw to steer
export {
  jobNotFound,
  NonRetryableError,
  QueueError,
  QueueErrorCode,
  RetryLaterError,
  wrongJobState,
} from './errors.ts';
// What happens in all processes
export { type EventBatch, lastToTrim, toEventNumber, toLoggedEvents } from './event-stream/event-numbers.ts';
export type {
  EventStream,
  EventStreamOptions,
  StreamedEvent,
  StreamGap,
} from './event-stream/event-stream.ts';
export type { JobEvent, JobEventName, QueueEventListener, QueueEventName, QueueEvents } from './events.ts';
export type { FailoverQueueAdapterOptions } from './failover/failover-options.ts';
// Going on while the backend is away
export { FailoverQueueAdapter } from './failover/failover-queue-adapter.ts';
export type { FailoverHealth } from './failover/failover-switch.ts';
// For what sees or changes some of the calls of an adapter
export { ForwardingQueueAdapter } from './forwarding-queue-adapter.ts';
export type { HistoryLimits } from './in-memory/finished-jobs.ts';
export type { InMemoryJobStoreOptions } from './in-memory/in-memory-job-store.ts';
export { InMemoryJobStore } from './in-memory/in-memory-job-store.ts';
export type { InMemoryQueueAdapterOptions } from './in-memory/in-memory-queue-adapter.ts';

// In memory
export { InMemoryQueueAdapter } from './in-memory/in-memory-queue-adapter.ts';
export type { JobAttempt, JobDelivery, JobError, JobLogLine, JobProgress, QueueJob } from './job.ts';
export { isFinished, JOB_TRANSITIONS, JobPriority, JobStatus } from './job.ts';
export { poisonError } from './job-error.ts';
export type {
  ClaimedJob,
  ClaimRequest,
  EventLog,
  JobFence,
  JobPatch,
  JobStore,
  JobToInsert,
  JobUpdate,
  LoggedEvent,
  LoggedEvents,
  QueueSelection,
  ReapedJob,
  ReplayOptions,
  Settlement,
  SettleResult,
  SharedChange,
  SharedEntry,
  SharedState,
} from './job-store.ts';
export { MAX_PRIORITY } from './new-job.ts';
// Notifications in the background
export { NOTIFICATION_JOB_TYPE } from './notification-job.ts';
export type { NotificationSender } from './notification-sender.ts';
// What a user may do with his own jobs
export type { OwnJob, OwnJobStatus } from './owner/own-job.ts';
export type { OwnerJobs, OwnJobPage } from './owner/owner-jobs.ts';
// Queues with a policy
export { defineQueue, type QueueDefinition, type QueueDefinitionOptions } from './policy/define-queue.ts';
export {
  type PauseOptions,
  type PurgeConfirmation,
  QueueControl,
  type QueueControlParts,
  type QueueState,
} from './policy/queue-control.ts';
export type { RateLimit, RateLimitOptions } from './policy/rate-limit.ts';
export type { ProcessingOptions } from './processing.ts';
// The adapter contract
export type {
  AddOptions,
  IQueueAdapter,
  JobContext,
  JobFilters,
  JobHandler,
  JobPage,
  NewJob,
  QueueAdapter,
  QueueCapabilities,
  QueueStats,
  Worker,
  WorkOptions,
} from './queue-adapter.ts';
export type { EnqueueOptions, QueueJobConfig } from './queue-job-config.ts';
export type { EnqueueRequest, QueueManagerOptions } from './queue-manager.ts';
export { QueueManager } from './queue-manager.ts';
export { checkRetry, deliveriesForCancel, deliveriesForReplay } from './replay.ts';
// Jobs by the calendar
export type { ScheduleAdapter } from './schedules/firing.ts';
export type { Schedule } from './schedules/schedule.ts';
export type {
  CronSchedule,
  IntervalSchedule,
  ScheduledJobOptions,
  ScheduleOptions,
  ScheduleSlots,
} from './schedules/schedule-options.ts';
export type { MissedPolicy, OverlapPolicy } from './schedules/schedule-state.ts';
export { Schedules, type SchedulesOptions } from './schedules/schedules.ts';
// How queues stand and did
export type {
  MeasuredStep,
  Percentiles,
  QueueHistory,
  QueueMeasures,
} from './statistics/queue-history.ts';
export type { QueueInsight, QueuePosition } from './statistics/queue-statistics.ts';
export type { StatisticsOptions } from './statistics/statistics-range.ts';
// For authors of stores
export { StoreQueueAdapter } from './store-queue-adapter.ts';
export { type StoreQueueAdapterOptions, storeQueueAdapterShape } from './store-queue-adapter-options.ts';
export type { StoredAttempt, StoredDelivery, StoredJob, StoredLogLine } from './stored-job.ts';
export {
  applyCancel,
  applyCrash,
  applyPatch,
  applyRetry,
  applySettlement,
  noteLate,
  toQueueJob,
  toStoredDeliveries,
  toStoredJob,
} from './stored-job.ts';
export type { TypedJobContext, TypedJobHandler, TypedJobOptions } from './typed-job.ts';
