import { TownKrierError } from '@townkrier/core';
import { QueueErrorCode } from '../errors.ts';
import type { QueueJob } from '../job.ts';
import type { QueueAdapter } from '../queue-adapter.ts';

/** A queue that is to be purged, and when that was asked. Milliseconds since the epoch. */
export interface PurgeRequest {
  readonly queue: string;
  readonly askedAt: number;
}

/** Jobs that are read, and then deleted side by side. */
const BATCH = 100;
const WAITING = ['pending', 'scheduled', 'retrying'] as const;

/**
 * Deletes the jobs of a queue that wait, were there when that was asked, and are not claimed meanwhile.
 *
 * @param forget - Deletes a job.
 * @returns how many it deleted.
 */
export async function purge(
  adapter: QueueAdapter,
  { queue, askedAt }: PurgeRequest,
  forget: (job: QueueJob) => Promise<void>,
): Promise<number> {
  let deleted = 0;
  for (;;) {
    // Always the first page: what was deleted or claimed is on none any more.
    const { jobs } = await adapter.findJobs({ queue, status: WAITING, order: 'asc', limit: BATCH });
    const old = jobs.filter(({ createdAt }) => createdAt.getTime() <= askedAt);
    const outcomes = await Promise.all(old.map((job) => isForgotten(job, forget)));
    deleted += outcomes.filter(Boolean).length;
    if (old.length < BATCH) return deleted;
  }
}

/** One that is gone already, or runs by now, is no longer to be deleted. */
async function isForgotten(job: QueueJob, forget: (job: QueueJob) => Promise<void>): Promise<boolean> {
  try {
    await forget(job);
    return true;
  } catch (error) {
    if (TownKrierError.is(error, QueueErrorCode.QUEUE_JOB_NOT_FOUND)) return false;
    if (TownKrierError.is(error, QueueErrorCode.QUEUE_JOB_STATE)) return false;
    throw error;
  }
}
