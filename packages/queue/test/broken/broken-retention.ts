import type { QueueJob } from '../../src/job.ts';
import type { JobStore, Settlement } from '../../src/job-store.ts';
import { type BrokenAdapter, bound, changeAdds } from './broken-adapter.ts';

/** Faults in how long finished jobs are kept. */
export const brokenRetention: readonly BrokenAdapter[] = [
  {
    fault: 'keeps a completed job for ever',
    caughtBy: 'a completed job is deleted when its removeAfter is over, not before, and its key with it',
    spoil: ({ adapter }) => changeAdds(adapter, ({ removeAfter: _r, ...job }) => job),
  },
  {
    fault: 'deletes a completed job at once',
    caughtBy: 'a completed job is deleted when its removeAfter is over, not before, and its key with it',
    spoil: ({ store }) =>
      deleteEnded(
        store,
        (job) => job.status === 'completed' && job.removeAfter !== null && job.replays === 0,
      ),
  },
  {
    fault: 'deletes a failed job as one that completed',
    caughtBy: 'a cancelled job is deleted when its removeAfter is over, and a failed one stays',
    spoil: ({ store }) => deleteEnded(store, (job) => job.status === 'failed' && job.removeAfter === 0),
  },
  {
    fault: 'deletes a job whose key has to hold',
    caughtBy: 'a keyRetention that is longer than the removeAfter wins',
    spoil: ({ adapter }) =>
      changeAdds(adapter, ({ keyRetention, ...job }) =>
        keyRetention === undefined || job.removeAfter !== undefined ? job : { ...job, keyRetention },
      ),
  },
  {
    fault: 'counts from the first end of a job that was started again',
    caughtBy: 'a job that is started again is kept until its removeAfter counts from its next end',
    spoil: ({ store }) => deleteEnded(store, (job) => job.replays > 0 && job.removeAfter !== null),
  },
  {
    fault: 'takes a removeAfter that is none for none',
    caughtBy: 'a removeAfter that is no whole number of milliseconds is refused',
    spoil: ({ adapter }) =>
      changeAdds(adapter, ({ removeAfter = -1, ...job }) =>
        Number.isInteger(removeAfter) && removeAfter >= 0 ? { ...job, removeAfter } : job,
      ),
  },
];

/** Deletes jobs as soon as they have ended, where `isDeleted` says so. */
function deleteEnded(store: JobStore, isDeleted: (job: QueueJob) => boolean): void {
  const { settle, get, remove } = bound(store);
  store.settle = async (settlements: readonly Settlement[]) => {
    const results = await settle(settlements);
    for (const { jobId } of settlements) {
      const job = await get(jobId);
      if (job !== null && isDeleted(job)) await remove(jobId);
    }
    return results;
  };
}
