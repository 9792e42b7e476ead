import { QueueError, QueueErrorCode } from '../errors.ts';
import type { QueueJob } from '../job.ts';
import type { AddOptions, NewJob, QueueAdapter } from '../queue-adapter.ts';

/** Adds one job. @throws what the adapter throws; an adapter that loses the job must not go unnoticed. */
export async function addOne(
  adapter: Pick<QueueAdapter, 'add'>,
  job: NewJob,
  options: AddOptions = {},
): Promise<QueueJob> {
  const [added] = await adapter.add([job], options);
  if (added !== undefined) return added;
  throw new QueueError(QueueErrorCode.QUEUE_JOB_NOT_FOUND, 'The adapter stored no job.');
}
