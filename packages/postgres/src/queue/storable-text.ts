import { type JobToInsert, QueueError, QueueErrorCode } from '@townkrier/queue';

/**
 * Whether PostgreSQL can keep a text as it is: it has no U+0000, and no half of a surrogate pair, which has no UTF-8. JSON can hold both, because they
 * are escaped there.
 */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** @throws {QueueError} `QUEUE_JOB_INVALID`, naming the field, for a job with a text that cannot be kept. */
export function checkStorable(job: JobToInsert): void {
  checkField('id', job.id);
  checkField('queue', job.queue);
  checkField('type', job.type);
  checkField('name', job.name);
  if (job.groupKey !== null) checkField('groupKey', job.groupKey);
  if (job.owner !== null) checkField('owner', job.owner);
  if (job.idempotencyKey !== null) checkField('idempotencyKey', job.idempotencyKey);
  for (const [i, tag] of job.tags.entries()) checkField(`tags[${i}]`, tag);
}

function checkField(field: string, value: string): void {
  if (isStorable(value)) return;
  throw new QueueError(
    QueueErrorCode.QUEUE_JOB_INVALID,
    `${field} must be a text without U+0000 and without half surrogate pairs, which PostgreSQL cannot keep, got ${JSON.stringify(value)}.`,
  );
}
