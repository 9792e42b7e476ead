import type { JobFence, StoredJob } from '@townkrier/queue';

/** Whether a job that was read is held under a claim. */
export function isHeld(job: StoredJob, { claim, workerId }: JobFence): boolean {
  return job.status === 'processing' && job.claims === claim && job.workerId === workerId;
}

/**
 * The same as SQL. Written so that no index fits but that of `id`, which must be asked for besides: by its statistics the planner
 * may think that a worker holds a handful of jobs, look for one among them, and look through thousands.
 */
export function isHeldUnder(
  job: string,
  fence: { readonly claim: string; readonly workerId: string },
): string {
  return (
    `${job}.claims = ${fence.claim} AND ${job}.worker_id IS NOT DISTINCT FROM ${fence.workerId} ` +
    `AND ${job}.status IS NOT DISTINCT FROM 'processing'`
  );
}
