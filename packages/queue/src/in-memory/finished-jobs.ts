import type { JobStatus } from '../job.ts';
import { JobList } from './job-list.ts';
import type { JobRecord } from './job-record.ts';

/** How much history is kept. */
export interface HistoryLimits {
  readonly keepCompleted: number;
  readonly keepFailed: number;
  readonly keepCancelled: number;
  /** Milliseconds a finished job is kept at most. */
  readonly finishedMaxAge: number;
}

type FinishedStatus = Extract<JobStatus, 'completed' | 'failed' | 'cancelled'>;

/** Finished jobs in the order in which they finished, so that the oldest can be let go by count and by age. */
export class FinishedJobs {
  readonly #lists: Readonly<Record<FinishedStatus, JobList>> = {
    completed: new JobList(),
    failed: new JobList(),
    cancelled: new JobList(),
  };
  readonly #limits: Readonly<Record<FinishedStatus, number>>;
  readonly #maxAge: number;

  constructor(limits: HistoryLimits) {
    this.#limits = {
      completed: limits.keepCompleted,
      failed: limits.keepFailed,
      cancelled: limits.keepCancelled,
    };
    this.#maxAge = limits.finishedMaxAge;
  }

  push(record: JobRecord, status: FinishedStatus): void {
    this.#lists[status].push(record);
  }

  remove(record: JobRecord): void {
    record.list?.remove(record);
  }

  /** Hands over, one after the other, the jobs that are no longer kept. */
  evict(now: number, forget: (record: JobRecord) => void): void {
    this.#evictFrom('completed', now, forget);
    this.#evictFrom('failed', now, forget);
    this.#evictFrom('cancelled', now, forget);
  }

  #evictFrom(status: FinishedStatus, now: number, forget: (record: JobRecord) => void): void {
    const list = this.#lists[status];
    for (let { head } = list; head !== null; head = list.head) {
      if (list.size <= this.#limits[status] && now - head.updatedAt <= this.#maxAge) return;
      list.remove(head);
      forget(head);
    }
  }
}
