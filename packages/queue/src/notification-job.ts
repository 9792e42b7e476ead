import type { JsonValue, StoredNotification } from '@townkrier/core';
import { NonRetryableError, QueueErrorCode } from './errors.ts';
import type { JobDelivery, QueueJob } from './job.ts';
import type { NewJob } from './queue-adapter.ts';
import { type ResolvedQueueJobConfig, toJobSettings } from './queue-job-config.ts';

/** The type of the jobs that deliver notifications. */
export const NOTIFICATION_JOB_TYPE = 'townkrier.notification';

/** The job that delivers a stored notification: one entry in its ledger per channel and address. */
export function toNotificationJob(
  stored: StoredNotification,
  config: ResolvedQueueJobConfig,
  now: number,
): NewJob {
  return {
    ...toJobSettings(config),
    type: NOTIFICATION_JOB_TYPE,
    name: stored.type,
    // Its fields are JSON values; an interface lacks the index signature that `JsonValue` asks for. The adapter checks it.
    payload: stored as unknown as JsonValue,
    deliveries: stored.deliveries.map(({ idempotencyKey, channel }) => ({
      idempotencyKey,
      channel,
      status: 'pending',
      isRetryable: true,
      attempts: 0,
      provider: null,
      messageId: null,
      reason: null,
      updatedAt: new Date(now),
    })),
  };
}

/**
 * The notification a job keeps.
 * @throws {NonRetryableError} `QUEUE_JOB_TYPE_UNKNOWN` for a job of another type; `QUEUE_PAYLOAD_INVALID` when it keeps no notification this
 * version knows.
 */
export function storedNotificationOf(job: QueueJob): StoredNotification {
  if (job.type !== NOTIFICATION_JOB_TYPE) {
    throw new NonRetryableError(
      `No handler runs jobs of type ${JSON.stringify(job.type)}; a QueueManager runs ${NOTIFICATION_JOB_TYPE}. Give it a worker of its own with adapter.work() on another queue, then retry the job.`,
      { code: QueueErrorCode.QUEUE_JOB_TYPE_UNKNOWN },
    );
  }
  if (isStoredNotification(job.payload)) return job.payload;
  throw new NonRetryableError(
    `Job ${job.id} keeps no notification of format 1. It was stored by another version; let that one run it.`,
    { code: QueueErrorCode.QUEUE_PAYLOAD_INVALID },
  );
}

/** Whether a job's ledger says that a delivery was neither tried nor given up. */
export function isUntried(delivery: JobDelivery): boolean {
  return delivery.status === 'pending' || delivery.status === 'cancelled';
}

/** By its marks only: what is in it is checked when the notification is revived. */
function isStoredNotification(payload: unknown): payload is StoredNotification {
  return (
    typeof payload === 'object' &&
    payload !== null &&
    'format' in payload &&
    payload.format === 1 &&
    'deliveries' in payload &&
    Array.isArray(payload.deliveries)
  );
}
