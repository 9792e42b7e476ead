import { QueueError } from '../../src/errors.ts';
import type { QueueJob } from '../../src/job.ts';
import { type BrokenAdapter, bound } from './broken-adapter.ts';

/** Faults in cancelling and deleting. */
export const brokenSteering: readonly BrokenAdapter[] = [
  {
    fault: 'runs a cancelled job',
    caughtBy: 'a pending job that is cancelled never runs',
    isSeenByModel: true,
    spoil({ store }) {
      const { cancel, claim } = bound(store);
      const cancelled: QueueJob[] = [];
      store.cancel = async (id) => {
        const result = await cancel(id);
        if (result.from === 'pending') cancelled.push(result.job);
        return result;
      };
      store.claim = async (request) => {
        const job = cancelled.shift();
        if (job === undefined) return claim(request);
        return [{ job, fence: { jobId: job.id, claim: 99, workerId: request.workerId } }];
      };
    },
  },
  {
    fault: 'cancels a running job without telling its handler',
    caughtBy: 'a running job that is cancelled ends at once, and its signal aborts',
    spoil({ adapter, store }) {
      const { cancel } = bound(store);
      adapter.cancelJob = async (id) => (await cancel(id)).job;
    },
  },
  {
    fault: 'mistakes a job nobody knows for one that ended',
    caughtBy: 'a retry by hand of a job nobody knows is refused',
    spoil({ store }) {
      const { get, retry, cancel } = bound(store);
      const checkKnown = async (id: string) => {
        if ((await get(id)) === null) throw new QueueError('QUEUE_JOB_STATE', `Job ${id} has ended.`);
      };
      store.retry = async (id, options) => {
        await checkKnown(id);
        return retry(id, options);
      };
      store.cancel = async (id) => {
        await checkKnown(id);
        return cancel(id);
      };
    },
  },
  {
    fault: 'deletes a running job',
    caughtBy: 'a running job cannot be deleted and goes on',
    isSeenByModel: true,
    spoil({ store }) {
      const { get, cancel, remove } = bound(store);
      store.remove = async (id) => {
        if ((await get(id))?.status === 'processing') await cancel(id);
        return remove(id);
      };
    },
  },
];
