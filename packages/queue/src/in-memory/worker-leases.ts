import type { JobFence } from '../job-store.ts';
import { JobList } from './job-list.ts';
import type { JobRecord } from './job-record.ts';

/** Milliseconds a worker is trusted for that claims before it ever said that it lives. */
const FIRST_LEASE = 15_000;

interface Lease {
  /** Milliseconds since the epoch. */
  endsAt: number;
  readonly jobs: JobList;
}

/** Which worker holds which jobs, and until when. */
export class WorkerLeases {
  readonly #leases = new Map<string, Lease>();

  extend(workerId: string, endsAt: number): void {
    this.#leaseOf(workerId, endsAt).endsAt = endsAt;
  }

  hold(workerId: string, record: JobRecord, now: number): void {
    this.#leaseOf(workerId, now + FIRST_LEASE).jobs.push(record);
  }

  /**
   * The job of a fence, if it is the one its worker holds longest. Jobs mostly end in the order in which they were claimed, and looking here first is
   * much cheaper than among all jobs. (A small map of the jobs held is not: filling and emptying it, V8 leaves a chain of old tables behind that keeps
   * what they refer to alive.)
   */
  heldLongest({ workerId, jobId }: JobFence): JobRecord | null {
    const oldest = this.#leases.get(workerId)?.jobs.head ?? null;
    return oldest?.id === jobId ? oldest : null;
  }

  release(record: JobRecord): void {
    record.list?.remove(record);
  }

  /** Forgets the workers whose lease has ended. @returns the jobs they held. */
  takeExpired(now: number): JobRecord[] {
    const lost: JobRecord[] = [];
    for (const [workerId, lease] of this.#leases) {
      if (lease.endsAt > now) continue;
      for (let { head } = lease.jobs; head !== null; head = lease.jobs.head) {
        lost.push(head);
        this.release(head);
      }
      this.#leases.delete(workerId);
    }
    return lost;
  }

  forget(workerId: string): void {
    if (this.#leases.get(workerId)?.jobs.size === 0) this.#leases.delete(workerId);
  }

  #leaseOf(workerId: string, endsAt: number): Lease {
    let lease = this.#leases.get(workerId);
    if (lease === undefined) {
      lease = { endsAt, jobs: new JobList() };
      this.#leases.set(workerId, lease);
    }
    return lease;
  }
}
