import type { JobStatus } from '../job.ts';
import { JobStatus as Statuses } from '../job.ts';
import type { JobSearch } from '../job-search.ts';
import type { QueueStats } from '../queue-adapter.ts';
import { CreationIndex } from './creation-index.ts';
import type { JobRecord } from './job-record.ts';
import { mergedPage } from './merged-page.ts';

type IndexesByStatus = Map<JobStatus, CreationIndex<JobRecord>>;

const ALL_STATUSES: readonly JobStatus[] = Object.values(Statuses);

/**
 * All kept jobs by queue and status, in the order of creation. Its sizes are the statistics, so counting never scans.
 *
 * Filters by queue and status cost the same at any number of jobs. Filters by type, name, tag and owner look at every job that is left after those two.
 */
export class JobIndex {
  readonly #byQueue = new Map<string, IndexesByStatus>();

  add(record: JobRecord): void {
    this.#indexFor(record).add(record);
  }

  remove(record: JobRecord): void {
    this.#indexFor(record).delete(record);
  }

  /** Changes a job's status. The only place where a status is assigned after creation. */
  move(record: JobRecord, status: JobStatus): void {
    if (record.status === status) return;
    this.#indexFor(record).delete(record);
    record.status = status;
    this.#indexFor(record).add(record);
  }

  stats(queue?: string): QueueStats {
    const stats = {
      pending: 0,
      scheduled: 0,
      processing: 0,
      retrying: 0,
      completed: 0,
      failed: 0,
      cancelled: 0,
    };
    for (const indexes of this.#queuesOf(queue)) {
      for (const [status, index] of indexes) stats[status] += index.size;
    }
    return stats;
  }

  find(search: JobSearch): { readonly records: readonly JobRecord[]; readonly total: number } {
    const indexes = this.#indexesFor(search);
    const total = indexes.reduce((sum, index) => sum + index.size, 0);
    const matches = matcherFor(search);
    if (matches === null) return { records: mergedPage(indexes, search), total };
    const found = mergedPage(indexes, { limit: total, offset: 0, order: search.order }).filter(matches);
    return { records: found.slice(search.offset, search.offset + search.limit), total: found.length };
  }

  #indexesFor(search: JobSearch): CreationIndex<JobRecord>[] {
    const statuses = search.status === undefined ? ALL_STATUSES : [search.status].flat();
    const indexes: CreationIndex<JobRecord>[] = [];
    for (const byStatus of this.#queuesOf(search.queue)) {
      for (const status of new Set(statuses)) {
        const index = byStatus.get(status);
        if (index !== undefined && index.size > 0) indexes.push(index);
      }
    }
    return indexes;
  }

  #queuesOf(queue: string | undefined): Iterable<IndexesByStatus> {
    if (queue === undefined) return this.#byQueue.values();
    const indexes = this.#byQueue.get(queue);
    return indexes === undefined ? [] : [indexes];
  }

  #indexFor(record: JobRecord): CreationIndex<JobRecord> {
    let byStatus = this.#byQueue.get(record.queue);
    if (byStatus === undefined) {
      byStatus = new Map();
      this.#byQueue.set(record.queue, byStatus);
    }
    let index = byStatus.get(record.status);
    if (index === undefined) {
      index = new CreationIndex();
      byStatus.set(record.status, index);
    }
    return index;
  }
}

function matcherFor({ type, name, tag, owner }: JobSearch): ((record: JobRecord) => boolean) | null {
  if (type === undefined && name === undefined && tag === undefined && owner === undefined) return null;
  return (record) =>
    (type === undefined || record.type === type) &&
    (name === undefined || record.name === name) &&
    (tag === undefined || record.tags.includes(tag)) &&
    (owner === undefined || record.owner === owner);
}
