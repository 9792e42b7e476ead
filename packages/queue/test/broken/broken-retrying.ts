import { type BrokenAdapter, bound, changeJobs, changeSettlements } from './broken-adapter.ts';

/** Faults in what follows a try. */
export const brokenRetrying: readonly BrokenAdapter[] = [
  {
    fault: 'forgets the error',
    caughtBy: 'a failed job keeps name, message, code and causes of its last error',
    spoil({ store }) {
      changeSettlements(store, (settlement) =>
        settlement.to === 'failed'
          ? { ...settlement, error: { name: 'Error', message: 'failed' } }
          : settlement,
      );
    },
  },
  {
    fault: 'retries a millisecond too early',
    caughtBy: 'exponential waits double before each retry, and no retry comes early',
    isSeenByModel: true,
    spoil({ store }) {
      changeSettlements(store, (settlement) =>
        settlement.to === 'retrying' ? { ...settlement, delayMs: settlement.delayMs - 1 } : settlement,
      );
    },
  },
  {
    fault: 'retries once too often',
    caughtBy: 'with maxRetries 0 a job that always fails is tried 1 times',
    isSeenByModel: true,
    spoil({ store }) {
      const { claim } = bound(store);
      store.claim = async (request) =>
        (await claim(request)).map(({ job, fence }) => ({
          job: { ...job, maxRetries: job.maxRetries + 1 },
          fence,
        }));
    },
  },
  {
    fault: 'counts a postponement as a retry',
    caughtBy: 'a RetryLaterError postpones the job by its own wait and uses up no retry',
    isSeenByModel: true,
    spoil({ store }) {
      changeSettlements(store, (settlement) =>
        settlement.to === 'retrying' ? { ...settlement, countsAttempt: true } : settlement,
      );
    },
  },
  {
    fault: 'ignores the timeout of a job',
    caughtBy: 'a try that takes longer than its timeout is aborted and fails',
    spoil({ store }) {
      const { claim } = bound(store);
      store.claim = async (request) =>
        (await claim(request)).map(({ job, fence }) => ({ job: { ...job, timeout: 1e12 }, fence }));
    },
  },
  {
    fault: 'starts a completed job again by hand',
    caughtBy: 'a completed, pending or processing job cannot be retried by hand',
    isSeenByModel: true,
    spoil({ store }) {
      const { get, retry, remove, insert } = bound(store);
      store.retry = async (id, options) => {
        const job = await get(id);
        if (job?.status !== 'completed') return retry(id, options);
        await remove(id);
        const [again] = await insert([
          { ...job, scheduledFor: null, expiresAt: null, agingMs: null, isFair: false },
        ]);
        return again?.job ?? job;
      };
    },
  },
  {
    fault: 'forgets early tries',
    caughtBy: 'a job keeps the newest 50 entries of its attempt log',
    spoil: ({ store }) => changeJobs(store, (job) => ({ ...job, attemptLog: job.attemptLog.slice(-20) })),
  },
  {
    fault: 'sends everything again after a retry by hand',
    caughtBy: 'a delivery that was sent stays sent when its job is retried by hand',
    spoil({ store }) {
      const { retry } = bound(store);
      store.retry = async (id, options) => {
        const job = await retry(id, options);
        return {
          ...job,
          deliveries: job.deliveries.map((each) => ({ ...each, status: 'pending' as const })),
        };
      };
    },
  },
];
