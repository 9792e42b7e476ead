import { type BrokenAdapter, bound, changeJobs } from './broken-adapter.ts';

/** Faults in keeping a moment. */
export const brokenScheduling: readonly BrokenAdapter[] = [
  {
    fault: 'drops a scheduled job when its moment comes',
    caughtBy: 'a job whose moment came while no worker ran starts with the next worker',
    isSeenByModel: true,
    spoil({ store }) {
      const { claim, cancel, remove } = bound(store);
      store.claim = async (request) => {
        const claimed = await claim(request);
        const kept = claimed.filter(({ job }) => job.scheduledFor === null);
        for (const one of claimed) {
          if (kept.includes(one)) continue;
          await cancel(one.job.id);
          await remove(one.job.id);
        }
        return kept;
      };
    },
  },
  {
    fault: 'runs a scheduled job a millisecond early',
    caughtBy: 'a scheduled job starts at its moment, not a millisecond earlier',
    isSeenByModel: true,
    spoil({ store }) {
      const { insert } = bound(store);
      const moments = new Map<string, number>();
      store.insert = (jobs) => {
        for (const { id, scheduledFor } of jobs) if (scheduledFor !== null) moments.set(id, scheduledFor);
        return insert(
          jobs.map((job) => ({ ...job, scheduledFor: job.scheduledFor && job.scheduledFor - 1 })),
        );
      };
      changeJobs(store, (job) => {
        const moment = moments.get(job.id);
        if (moment === undefined || job.status !== 'scheduled') return job;
        return { ...job, scheduledFor: new Date(moment), nextRunAt: new Date(moment) };
      });
    },
  },
  {
    fault: 'sleeps through the moment of a scheduled job',
    caughtBy: 'a scheduled job starts at its moment, not a millisecond earlier',
    isSeenByModel: true,
    spoil({ store }) {
      store.msUntilNextDue = async () => null;
    },
  },
];
