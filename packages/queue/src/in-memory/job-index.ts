import { JobStatus } from '../job.ts';
import type { JobSearch } from '../job-search.ts';
import type { QueueStats } from '../queue-adapter.ts';
import type { CreationIndex } from './creation-index.ts';
import type { JobRecord } from './job-record.ts';
import { mergedPage } from './merged-page.ts';
import type { QueueShelf } from './queue-shelf.ts';

const ALL_STATUSES: readonly JobStatus[] = Object.values(JobStatus);

/** Changes a job's status, and its place among the jobs of its queue. The only place where a status is assigned after creation. */
export function changeStatus(record: JobRecord, status: JobStatus): void {
  if (record.status === status) return;
  record.shelf.byStatus[record.status].delete(record);
  record.status = status;
  record.shelf.byStatus[status].add(record);
}

/** Jobs by status: the sizes of what is kept anyway, so counting never scans. */
export function countJobs(shelves: readonly QueueShelf[]): QueueStats {
  const stats = {
    pending: 0,
    scheduled: 0,
    processing: 0,
    retrying: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
  };
  for (const { byStatus } of shelves) {
    for (const status of ALL_STATUSES) stats[status] += byStatus[status].size;
  }
  return stats;
}

/**
 * A page of jobs in the order of creation, and how many match. Filters by queue and status cost the same at any number of jobs. Filters by type, name,
 * tag and owner look at every job that is left after those two.
 */
export function findRecords(
  shelves: readonly QueueShelf[],
  search: JobSearch,
): { readonly records: readonly JobRecord[]; readonly total: number } {
  const indexes = indexesFor(shelves, search);
  const total = indexes.reduce((sum, index) => sum + index.size, 0);
  const matches = matcherFor(search);
  if (matches === null) return { records: mergedPage(indexes, search), total };
  const found = mergedPage(indexes, { limit: total, offset: 0, order: search.order }).filter(matches);
  return { records: found.slice(search.offset, search.offset + search.limit), total: found.length };
}

function indexesFor(shelves: readonly QueueShelf[], { status }: JobSearch): CreationIndex<JobRecord>[] {
  const statuses = status === undefined ? ALL_STATUSES : [...new Set([status].flat())];
  return shelves
    .flatMap(({ byStatus }) => statuses.map((one) => byStatus[one]))
    .filter((index) => index.size > 0);
}

function matcherFor({ type, name, tag, owner }: JobSearch): ((record: JobRecord) => boolean) | null {
  if (type === undefined && name === undefined && tag === undefined && owner === undefined) return null;
  return (record) =>
    (type === undefined || record.type === type) &&
    (name === undefined || record.name === name) &&
    (tag === undefined || record.tags.includes(tag)) &&
    (owner === undefined || record.owner === owner);
}
