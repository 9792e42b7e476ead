import { type BrokenAdapter, bound, changeAdds, changeSettlements } from './broken-adapter.ts';

/** Faults in letting go of what came too late. */
export const brokenExpiry: readonly BrokenAdapter[] = [
  {
    fault: 'starts a job that came too late',
    caughtBy: 'a job that a worker comes to too late is cancelled with the reason, and never started',
    spoil({ store }) {
      const { claim } = bound(store);
      store.claim = async (request) =>
        (await claim(request)).map(({ job, fence }) => ({ job: { ...job, expiresAt: null }, fence }));
    },
  },
  {
    fault: 'fails a job that came too late',
    caughtBy: 'a worker goes on with the next job after one that came too late',
    spoil({ store }) {
      changeSettlements(store, (settlement) =>
        settlement.to === 'cancelled' ? { ...settlement, to: 'failed' } : settlement,
      );
    },
  },
  {
    fault: 'lets a job expire a millisecond too late',
    caughtBy: 'a job is too late from the very moment it expires',
    spoil({ store }) {
      const { claim } = bound(store);
      store.claim = async (request) =>
        (await claim(request)).map(({ job, fence }) => {
          const expiresAt = job.expiresAt && new Date(job.expiresAt.getTime() + 1);
          return { job: { ...job, expiresAt }, fence };
        });
    },
  },
  {
    fault: 'drops the result of a job that expired while it ran',
    caughtBy: 'a job that started in time may end after it expired',
    spoil({ store, clock }) {
      const { get, settle } = bound(store);
      store.settle = async (settlements) => {
        const results = await settle(settlements);
        for (const { jobId } of settlements) {
          const job = await get(jobId);
          const isLate = job?.expiresAt && job.expiresAt.getTime() <= clock.now();
          if (isLate && job.status === 'completed') await bound(store).remove(jobId);
        }
        return results;
      };
    },
  },
  {
    fault: 'retries what is too late by then',
    caughtBy: 'a retry that would come too late is not made, and one that comes in time is',
    spoil({ store }) {
      const { claim } = bound(store);
      store.claim = async (request) =>
        (await claim(request)).map(({ job, fence }) =>
          job.maxRetries > 0 && job.attempts > 0
            ? { job: { ...job, expiresAt: null }, fence }
            : { job, fence },
        );
    },
  },
  {
    fault: 'takes a moment to expire that is none for never',
    caughtBy: 'a moment to expire at that is no number is refused',
    spoil: ({ adapter }) =>
      changeAdds(adapter, ({ expiresAt, ...job }) => (expiresAt ? { ...job, expiresAt } : job)),
  },
];
