import type { QueueJob } from '../job.ts';
import type { JobFilters, QueueAdapter } from '../queue-adapter.ts';
import type { ResolvedSelection } from './dead-letter-selection.ts';

/** Jobs that one call looks at in all: as many as an operator can judge, and few enough to keep an id of each. */
const MAX_JOBS_VISITED = 10_000;

/** Jobs in memory at once: a payload may have a megabyte. */
const PAGE_SIZE = 100;

/** What is visited. */
export interface Visit extends ResolvedSelection {
  readonly order: NonNullable<JobFilters['order']>;
}

/**
 * Shows the jobs of a selection one by one, read in pages, at most 10,000 of them; those that do not match do not count. No job is
 * shown twice. One that fails, is replayed or deleted meanwhile may be shown or not, and may let another be missed.
 *
 * @returns whether there are more than were shown.
 */
export async function visitFailedJobs(
  adapter: QueueAdapter,
  { filters, matches, order }: Visit,
  visit: (job: QueueJob) => void,
): Promise<boolean> {
  const seen = new Set<string>();
  let visited = 0;
  for (let offset = 0; ; offset += PAGE_SIZE) {
    const { jobs } = await adapter.findJobs({ ...filters, order, offset, limit: PAGE_SIZE });
    for (const job of jobs) {
      if (seen.has(job.id) || matches?.(job) === false) continue;
      if (visited === MAX_JOBS_VISITED) return true;
      seen.add(job.id);
      visited += 1;
      visit(job);
    }
    if (jobs.length < PAGE_SIZE) return false;
  }
}
