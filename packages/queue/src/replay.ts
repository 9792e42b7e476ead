import { QueueError, QueueErrorCode, wrongJobState } from './errors.ts';
import type { JobDelivery, QueueJob } from './job.ts';

/**
 * The deliveries of a job that someone starts again by hand: what was sent or skipped stays so, everything else may be tried anew. A person who
 * starts a job again takes the risk that an `unknown` delivery arrives twice; a worker never does. For stores.
 */
export function deliveriesForReplay(deliveries: readonly JobDelivery[], at: Date): readonly JobDelivery[] {
  return mapUnfinished(deliveries, (delivery) => ({
    ...delivery,
    status: 'pending',
    isRetryable: true,
    reason: null,
    updatedAt: at,
  }));
}

/** The deliveries of a job that was cancelled: what was under way is `unknown`, what was not tried is `cancelled`. For stores. */
export function deliveriesForCancel(deliveries: readonly JobDelivery[], at: Date): readonly JobDelivery[] {
  return mapUnfinished(deliveries, (delivery) => {
    if (delivery.status === 'sending') {
      return {
        ...delivery,
        status: 'unknown',
        reason: 'the job was cancelled while it was being sent',
        updatedAt: at,
      };
    }
    if (delivery.status === 'unknown' || !delivery.isRetryable) return delivery;
    return { ...delivery, status: 'cancelled', isRetryable: false, updatedAt: at };
  });
}

function mapUnfinished(
  deliveries: readonly JobDelivery[],
  change: (delivery: JobDelivery) => JobDelivery,
): readonly JobDelivery[] {
  if (deliveries.length === 0) return deliveries;
  return deliveries.map((delivery) =>
    delivery.status === 'sent' || delivery.status === 'skipped' ? delivery : change(delivery),
  );
}

/**
 * Refuses to start a job again by hand that cannot be. For stores.
 * @throws {QueueError} `QUEUE_JOB_STATE`; `QUEUE_REPLAY_LIMIT`.
 */
export function checkRetry(job: Pick<QueueJob, 'id' | 'status' | 'replays'>, maxReplays?: number): void {
  if (job.status === 'pending' || job.status === 'processing' || job.status === 'completed') {
    throw wrongJobState('retried', job, 'Only a failed, cancelled, retrying or scheduled job can be.');
  }
  // Also for one that waits for its retry: somebody else may have started it again just before, and it failed once since.
  if (maxReplays === undefined || job.replays < maxReplays) return;
  throw new QueueError(
    QueueErrorCode.QUEUE_REPLAY_LIMIT,
    `Job ${job.id} was started again ${job.replays} times, which is as often as it may be (${maxReplays}). Find out why it fails, or raise maxReplays.`,
  );
}
