import type { QueueJob } from '../job.ts';
import type { JobSearch } from '../job-search.ts';
import type { JobPage } from '../queue-adapter.ts';

/** The longest page an adapter gives. */
const LONGEST_PAGE = 1_000;

/** How jobs are found on one side. */
export type FindJobs = (search: JobSearch) => Promise<JobPage>;

/**
 * A page of two queues read as one, by moment of creation; of two jobs created in the same millisecond, that of the primary counts as the older.
 *
 * The fallback is read first, as jobs only ever move from there to the primary: one that moves meanwhile may be seen on both sides, and is then shown
 * once, but is never missed. It costs as many jobs of the fallback as the page is deep, and of the primary a page and as many as the fallback has; where
 * the fallback has none that match, the primary's own page.
 */
export async function pageOfBoth(primary: FindJobs, fallback: FindJobs, search: JobSearch): Promise<JobPage> {
  const end = search.offset + search.limit;
  const behind = await readRange(fallback, search, 0, end);
  // At most `behind.total` of the jobs passed over are the fallback's; what is before this is passed over for certain.
  const start = Math.max(0, search.offset - behind.total);
  const ahead = await readRange(primary, search, start, end);
  const known = new Set(ahead.jobs.map(({ id }) => id));
  const others = behind.jobs.filter(({ id }) => !known.has(id));
  const merged = mergeByCreation(ahead.jobs, others, search.order);
  return {
    jobs: merged.slice(search.offset - start, end - start),
    total: ahead.total + behind.total - (behind.jobs.length - others.length),
  };
}

/** The jobs at positions from `start` up to `end`, as far as there are some. */
async function readRange(find: FindJobs, search: JobSearch, start: number, end: number): Promise<JobPage> {
  const jobs: QueueJob[] = [];
  for (let offset = start; ; offset += LONGEST_PAGE) {
    const limit = Math.min(LONGEST_PAGE, end - offset);
    const page = await find({ ...search, offset, limit });
    jobs.push(...page.jobs);
    if (page.jobs.length < limit || offset + limit >= end) return { jobs, total: page.total };
  }
}

function mergeByCreation(
  primary: readonly QueueJob[],
  fallback: readonly QueueJob[],
  order: JobSearch['order'],
): QueueJob[] {
  const merged: QueueJob[] = [];
  let next = 0;
  for (const job of primary) {
    for (;;) {
      const other = fallback[next];
      if (other === undefined || !isBefore(other, job, order)) break;
      merged.push(other);
      next += 1;
    }
    merged.push(job);
  }
  return [...merged, ...fallback.slice(next)];
}

function isBefore(ofFallback: QueueJob, ofPrimary: QueueJob, order: JobSearch['order']): boolean {
  return order === 'asc'
    ? ofFallback.createdAt < ofPrimary.createdAt
    : ofFallback.createdAt >= ofPrimary.createdAt;
}
