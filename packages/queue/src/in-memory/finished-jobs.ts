import type { JobStatus } from '../job.ts';
import { JobHeap } from './job-heap.ts';
import { JobList } from './job-list.ts';
import type { JobRecord } from './job-record.ts';

/** How much history is kept. Jobs with a `keyRetention` are kept beside it until that is over, and count from then on. */
export interface HistoryLimits {
  readonly keepCompleted: number;
  readonly keepFailed: number;
  readonly keepCancelled: number;
  /** Milliseconds a finished job is kept at most. */
  readonly finishedMaxAge: number;
}

type FinishedStatus = Extract<JobStatus, 'completed' | 'failed' | 'cancelled'>;

/** Finished jobs in the order in which the limits of the history began to count for them, so that the oldest can be let go by count and by age. */
export class FinishedJobs {
  readonly #lists: Readonly<Record<FinishedStatus, JobList>> = {
    completed: new JobList(),
    failed: new JobList(),
    cancelled: new JobList(),
  };
  /** Those that no limit counts for yet. */
  readonly #retained = new JobHeap((a, b) => countsFrom(a) < countsFrom(b));
  /** Those in the lists that go at a moment of their own, if the limits do not let them go before. */
  readonly #leaving = new JobHeap((a, b) => leavesAt(a) < leavesAt(b));
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
    if (record.terms?.keyRetention) this.#retained.push(record);
    else this.#enlist(record, status);
  }

  remove(record: JobRecord): void {
    if (record.list === null) {
      this.#retained.remove(record);
      return;
    }
    record.list.remove(record);
    if (record.heapIndex >= 0) this.#leaving.remove(record);
  }

  /** Hands over, one after the other, the jobs that are no longer kept. */
  evict(now: number, forget: (record: JobRecord) => void): void {
    if (this.#retained.size > 0) this.#releaseRetained(now);
    if (this.#leaving.size > 0) this.#evictLeaving(now, forget);
    this.#evictFrom('completed', now, forget);
    this.#evictFrom('failed', now, forget);
    this.#evictFrom('cancelled', now, forget);
  }

  #releaseRetained(now: number): void {
    for (let { head } = this.#retained; head !== undefined; head = this.#retained.head) {
      if (countsFrom(head) > now) return;
      this.#retained.remove(head);
      if (isFinishedStatus(head.status)) this.#enlist(head, head.status);
    }
  }

  #enlist(record: JobRecord, status: FinishedStatus): void {
    this.#lists[status].push(record);
    if (status !== 'failed' && record.terms !== null && record.terms.removeAfter !== null) {
      this.#leaving.push(record);
    }
  }

  #evictLeaving(now: number, forget: (record: JobRecord) => void): void {
    for (let { head } = this.#leaving; head !== undefined; head = this.#leaving.head) {
      if (leavesAt(head) > now) return;
      this.remove(head);
      forget(head);
    }
  }

  #evictFrom(status: FinishedStatus, now: number, forget: (record: JobRecord) => void): void {
    const list = this.#lists[status];
    for (let { head } = list; head !== null; head = list.head) {
      if (list.size <= this.#limits[status] && now - countsFrom(head) <= this.#maxAge) return;
      this.remove(head);
      forget(head);
    }
  }
}

function isFinishedStatus(status: JobStatus): status is FinishedStatus {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

/** From when on the limits count for a finished job. */
function countsFrom({ updatedAt, terms }: JobRecord): number {
  return updatedAt + (terms?.keyRetention ?? 0);
}

/** When a job with a `removeAfter` goes at the latest. */
function leavesAt({ updatedAt, terms }: JobRecord): number {
  return updatedAt + Math.max(terms?.removeAfter ?? 0, terms?.keyRetention ?? 0);
}
