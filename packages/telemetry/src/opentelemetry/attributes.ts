/**
 * The names of what spans carry. `messaging.*` and `error.type` are those of OpenTelemetry's semantic conventions for messaging (1.28 and newer, in development there);
 * `townkrier.*` are our own. None of them ever holds a payload, a recipient, a message or an idempotency key.
 */
export const SpanAttribute = {
  SYSTEM: 'messaging.system',
  /** `enqueue`, `process` or `deliver`. */
  OPERATION_NAME: 'messaging.operation.name',
  /** `send` or `process`. */
  OPERATION_TYPE: 'messaging.operation.type',
  /** The queue. */
  DESTINATION: 'messaging.destination.name',
  /** The job's id. */
  MESSAGE_ID: 'messaging.message.id',
  BATCH_COUNT: 'messaging.batch.message_count',
  /** The error's code. */
  ERROR_TYPE: 'error.type',
  JOB_TYPE: 'townkrier.job.type',
  JOB_ATTEMPT: 'townkrier.job.attempt',
  NOTIFICATION_TYPE: 'townkrier.notification.type',
  CHANNEL: 'townkrier.channel',
  PROVIDER: 'townkrier.provider',
  /** What came of a delivery: `sent`, `skipped`, `failed` or `unknown`; of an attempt that was put off: `postponed`. */
  OUTCOME: 'townkrier.outcome',
} as const;
