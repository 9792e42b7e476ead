import type { JobFence } from '../../src/job-store.ts';
import { type BrokenAdapter, bound, changeJobs, changeSettlements } from './broken-adapter.ts';

/** Faults in what happens to the jobs of dead workers. */
export const brokenLeases: readonly BrokenAdapter[] = [
  {
    fault: 'forgets the fence',
    caughtBy: 'the late success of a worker that lost its lease is refused and recorded',
    isSeenByModel: true,
    spoil({ store }) {
      const { claim } = bound(store);
      const current = new Map<string, JobFence>();
      store.claim = async (request) => {
        const claimed = await claim(request);
        for (const { fence } of claimed) current.set(fence.jobId, fence);
        return claimed;
      };
      changeSettlements(store, (settlement) => ({ ...settlement, ...current.get(settlement.jobId) }));
    },
  },
  {
    fault: 'refuses a late report without a record of it',
    caughtBy: 'the late success of a worker that lost its lease is refused and recorded',
    spoil({ store }) {
      changeJobs(store, (job) => ({
        ...job,
        attemptLog: job.attemptLog.map((entry) =>
          entry.outcome === 'late' ? { ...entry, outcome: 'interrupted' as const } : entry,
        ),
      }));
    },
  },
  {
    fault: 'makes a crash cost a retry',
    caughtBy: 'a crash costs no retry and is counted apart',
    isSeenByModel: true,
    spoil({ store }) {
      changeJobs(store, (job) => ({ ...job, attempts: job.attempts + job.crashes }));
    },
  },
  {
    fault: 'never takes a job back from a dead worker',
    caughtBy: 'a job of a dead worker runs again when its lease is over, and not before',
    isSeenByModel: true,
    spoil({ store }) {
      store.reapExpired = async () => [];
    },
  },
  {
    fault: 'takes jobs from workers that live',
    caughtBy: 'a job may run longer than the lease while its worker lives',
    isSeenByModel: true,
    spoil({ store }) {
      const { heartbeat } = bound(store);
      const known = new Set<string>();
      store.heartbeat = async (workerId, leaseMs) => {
        if (!known.has(workerId)) await heartbeat(workerId, leaseMs);
        known.add(workerId);
      };
    },
  },
  {
    fault: 'gives a job to others before the lease of its worker is over',
    caughtBy: 'a job of a dead worker runs again when its lease is over, and not before',
    isSeenByModel: true,
    spoil({ store }) {
      const { heartbeat } = bound(store);
      store.heartbeat = (workerId, leaseMs) => heartbeat(workerId, leaseMs / 2);
    },
  },
  {
    fault: 'never gives up a job that kills its workers',
    caughtBy: 'a job that kills its workers again and again fails in the end',
    isSeenByModel: true,
    spoil({ store }) {
      const { reapExpired } = bound(store);
      store.reapExpired = () => reapExpired(Number.POSITIVE_INFINITY);
    },
  },
];
