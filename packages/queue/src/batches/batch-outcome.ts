import { z } from 'zod';
import { NonRetryableError, QueueErrorCode } from '../errors.ts';
import type { QueueJob } from '../job.ts';

/** Where the metadata of a job that tells the end of a batch keeps how it ended. */
export const OUTCOME_KEY = 'townkrier.batch';

const count = z.int().min(0);

/** How the jobs of a batch ended. */
export const countsSchema = z.object({
  completed: count,
  failed: count,
  cancelled: count,
  /** Were deleted, or ended and left the history before anybody looked. */
  forgotten: count,
});
const outcomeSchema = countsSchema.extend({ id: z.string().min(1), total: count });

/** How the jobs of a batch ended; those that have not are in none of the counts. */
export type BatchCounts = Readonly<z.output<typeof countsSchema>>;

/** How a batch ended, as the job that follows it is told. */
export type BatchOutcome = Readonly<z.output<typeof outcomeSchema>>;

/**
 * How the batch ended that a job follows; `null` for every other job.
 * @throws {NonRetryableError} `QUEUE_PAYLOAD_INVALID` when it cannot be read.
 */
export function readOutcome({ id, metadata }: Pick<QueueJob, 'id' | 'metadata'>): BatchOutcome | null {
  const kept = metadata[OUTCOME_KEY];
  if (kept === undefined) return null;
  const parsed = outcomeSchema.safeParse(kept);
  if (parsed.success) return parsed.data;
  throw new NonRetryableError(`How the batch ended that job ${id} follows cannot be read here.`, {
    code: QueueErrorCode.QUEUE_PAYLOAD_INVALID,
  });
}
