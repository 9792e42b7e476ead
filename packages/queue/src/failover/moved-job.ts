import type { QueueJob } from '../job.ts';
import type { NewJob } from '../queue-adapter.ts';

/**
 * A waiting job as it is added to another queue: with its id, key, priority, payload, metadata, deliveries and settings, none of them left to the
 * defaults there.
 *
 * A new job has no tries behind it. Those this one had are taken off its `maxRetries`, so that it is tried no more often in all; one that waits for its
 * retry is scheduled for that moment. Its error, attempt log, log lines, progress, crashes, replays, ageing and turn stay behind.
 */
export function toMovedJob(job: QueueJob): NewJob {
  const startsAt = startOf(job);
  return {
    id: job.id,
    queue: job.queue,
    type: job.type,
    name: job.name,
    payload: job.payload,
    priority: job.priority,
    maxRetries: Math.max(0, job.maxRetries - job.attempts),
    backoff: job.backoff,
    timeout: job.timeout,
    metadata: job.metadata,
    deliveries: job.deliveries,
    tags: job.tags,
    ...(job.expiresAt !== null && { expiresAt: job.expiresAt.getTime() }),
    ...(startsAt !== null && { scheduledFor: startsAt.getTime() }),
    ...(job.groupKey !== null && { groupKey: job.groupKey }),
    ...(job.owner !== null && { owner: job.owner }),
    ...(job.idempotencyKey !== null && { idempotencyKey: job.idempotencyKey }),
    ...(job.keyRetention !== null && { keyRetention: job.keyRetention }),
    ...(job.removeAfter !== null && { removeAfter: job.removeAfter }),
  };
}

/** The moment asked for, unless the job waits for its retry, or was made due by hand before it. */
function startOf({ status, scheduledFor, nextRunAt }: QueueJob): Date | null {
  if (status === 'retrying') return nextRunAt;
  if (scheduledFor === null || nextRunAt === null) return scheduledFor;
  return nextRunAt < scheduledFor ? nextRunAt : scheduledFor;
}
