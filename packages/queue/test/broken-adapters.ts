import type { QueueJob } from '../src/job.ts';
import type { JobFence, JobStore, Settlement } from '../src/job-store.ts';
import type { InMemoryParts } from './in-memory-harness.ts';

/** An adapter with one fault, made by replacing methods of the sound one. */
export interface BrokenAdapter {
  /** What is wrong with it, after "an adapter that …". */
  readonly fault: string;
  /** The case of the suite that must fail; others may fail too. */
  readonly caughtBy: string;
  /** Whether the model must find it as well. */
  readonly isSeenByModel?: true;
  readonly spoil: (parts: InMemoryParts) => void;
}

/** Some turns of the event loop later. */
async function later(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Passes every job that a store hands out through `change`. */
function changeJobs(store: JobStore, change: (job: QueueJob) => QueueJob): void {
  const { get, find, claim, insert, retry } = bound(store);
  store.get = async (id) => {
    const job = await get(id);
    return job && change(job);
  };
  store.find = async (filters) => {
    const { jobs, total } = await find(filters);
    return { jobs: jobs.map(change), total };
  };
  store.claim = async (request) =>
    (await claim(request)).map(({ job, fence }) => ({ job: change(job), fence }));
  store.insert = async (jobs) => (await insert(jobs)).map(({ job, isNew }) => ({ job: change(job), isNew }));
  store.retry = async (id) => change(await retry(id));
}

/** The sound methods of a store, to be called by what replaces them. */
function bound(store: JobStore) {
  return {
    insert: store.insert.bind(store),
    claim: store.claim.bind(store),
    settle: store.settle.bind(store),
    heartbeat: store.heartbeat.bind(store),
    reapExpired: store.reapExpired.bind(store),
    get: store.get.bind(store),
    find: store.find.bind(store),
    stats: store.stats.bind(store),
    retry: store.retry.bind(store),
    cancel: store.cancel.bind(store),
    remove: store.remove.bind(store),
  };
}

/** Replaces every settlement before it is stored. */
function changeSettlements(store: JobStore, change: (settlement: Settlement) => Settlement): void {
  const { settle } = bound(store);
  store.settle = (settlements) => settle(settlements.map(change));
}

const brokenAdding: readonly BrokenAdapter[] = [
  {
    fault: 'loses a job now and then',
    caughtBy: 'adds made at the same time are all stored',
    spoil({ store }) {
      const { insert, remove } = bound(store);
      let inserted = 0;
      store.insert = async (jobs) => {
        const results = await insert(jobs);
        for (const { job } of results) {
          inserted += 1;
          if (inserted % 40 === 0) await remove(job.id);
        }
        return results;
      };
    },
  },
  {
    fault: 'loses the last job of a large add',
    caughtBy: 'an add of 1,000 jobs stores every one of them',
    spoil({ store }) {
      const { insert, remove } = bound(store);
      store.insert = async (jobs) => {
        const results = await insert(jobs);
        const last = results.at(-1);
        if (last && jobs.length > 500) await remove(last.job.id);
        return results;
      };
    },
  },
  {
    fault: 'says that a job is stored before it is',
    caughtBy: 'a job is stored when add resolves',
    spoil({ store }) {
      const { insert, remove } = bound(store);
      store.insert = async (jobs) => {
        const results = await insert(jobs);
        for (const { job, isNew } of results) if (isNew) await remove(job.id);
        void later()
          .then(() => insert(jobs))
          .catch(() => undefined);
        return results;
      };
    },
  },
  {
    fault: 'stores the first jobs of an add that does not fit',
    caughtBy: 'an add that does not fit is refused and stores nothing',
    spoil({ store }) {
      const { insert } = bound(store);
      store.insert = async (jobs) => {
        const results: Awaited<ReturnType<JobStore['insert']>>[number][] = [];
        for (const job of jobs) results.push(...(await insert([job])));
        return results;
      };
    },
  },
  {
    fault: 'forgets the idempotency key',
    caughtBy: 'a second job with a key already kept gives back the first, unchanged',
    isSeenByModel: true,
    spoil({ store }) {
      const { insert } = bound(store);
      store.insert = (jobs) => insert(jobs.map((job) => ({ ...job, idempotencyKey: null })));
    },
  },
  {
    fault: 'takes adds after it was closed',
    caughtBy: 'an add is refused from the call of close on',
    spoil({ adapter }) {
      adapter.close = async () => undefined;
    },
  },
];

const brokenClaiming: readonly BrokenAdapter[] = [
  {
    fault: 'hands one job to two workers',
    caughtBy: 'two workers never run the same job',
    spoil({ store }) {
      const { claim } = bound(store);
      let last: Awaited<ReturnType<JobStore['claim']>>[number] | undefined;
      store.claim = async (request) => {
        const claimed = await claim(request);
        const again = last;
        last = claimed.at(-1) ?? last;
        const isOthers = again !== undefined && again.fence.workerId !== request.workerId;
        return isOthers && claimed.length === request.limit ? [again, ...claimed.slice(1)] : claimed;
      };
    },
  },
  {
    fault: 'takes more jobs than a worker has room for',
    caughtBy: 'a worker has as many jobs in hand as its concurrency allows, and never more',
    isSeenByModel: true,
    spoil({ store }) {
      const { claim } = bound(store);
      store.claim = (request) => claim({ ...request, limit: request.limit + 1 });
    },
  },
  {
    fault: 'ignores priority',
    caughtBy: 'the highest priority runs first, whatever the order of adding',
    isSeenByModel: true,
    spoil({ store }) {
      const { insert } = bound(store);
      const priorities = new Map<string, number>();
      store.insert = (jobs) => {
        for (const { id, priority } of jobs) if (!priorities.has(id)) priorities.set(id, priority);
        return insert(jobs.map((job) => ({ ...job, priority: 5 })));
      };
      changeJobs(store, (job) => ({ ...job, priority: priorities.get(job.id) ?? job.priority }));
    },
  },
  {
    fault: 'runs the newest job first',
    caughtBy: 'jobs of one priority run oldest first',
    spoil({ store }) {
      const { insert } = bound(store);
      store.insert = async (jobs) => (await insert(jobs.toReversed())).toReversed();
    },
  },
  {
    fault: 'ignores the queues of a worker',
    caughtBy: 'a worker takes jobs from its own queues only',
    spoil({ store }) {
      const { claim } = bound(store);
      store.claim = ({ workerId, limit }) => claim({ workerId, limit });
    },
  },
  {
    fault: 'does not wake its workers',
    caughtBy: 'an idle worker starts a job as soon as it is added',
    isSeenByModel: true,
    spoil({ store }) {
      store.onWake = () => () => undefined;
    },
  },
];

const brokenScheduling: readonly BrokenAdapter[] = [
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

const brokenRetrying: readonly BrokenAdapter[] = [
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
      store.retry = async (id) => {
        const job = await get(id);
        if (job?.status !== 'completed') return retry(id);
        await remove(id);
        const [again] = await insert([{ ...job, scheduledFor: null }]);
        return again?.job ?? job;
      };
    },
  },
];

const brokenSteering: readonly BrokenAdapter[] = [
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

const brokenReading: readonly BrokenAdapter[] = [
  {
    fault: 'counts wrong after a retry by hand',
    caughtBy: 'after many mixed operations the stats still equal a recount',
    isSeenByModel: true,
    spoil({ store }) {
      const { retry, stats } = bound(store);
      let forgotten = 0;
      store.retry = async (id) => {
        const job = await retry(id);
        forgotten += 1;
        return job;
      };
      store.stats = async (queue) => {
        const counted = await stats(queue);
        return { ...counted, failed: counted.failed + forgotten };
      };
    },
  },
  {
    fault: 'shows a job on two pages',
    caughtBy: 'pages in the order oldest first hold every job once',
    spoil({ store }) {
      const { find } = bound(store);
      store.find = (filters) => find({ ...filters, offset: Math.max(0, filters.offset - 1) });
    },
  },
  {
    fault: 'leaves a job out between two pages',
    caughtBy: 'pages in the order newest first hold every job once',
    spoil({ store }) {
      const { find } = bound(store);
      store.find = (filters) => find({ ...filters, offset: filters.offset === 0 ? 0 : filters.offset + 1 });
    },
  },
  {
    fault: 'tells the size of a page as the total',
    caughtBy: 'without filters findJobs gives the newest 50 and the number of all',
    spoil({ store }) {
      const { find } = bound(store);
      store.find = async (filters) => {
        const { jobs } = await find(filters);
        return { jobs, total: jobs.length };
      };
    },
  },
  {
    fault: 'ignores a filter it declares',
    caughtBy: 'findJobs narrowed by tag finds those that match and no other',
    spoil({ store }) {
      const { find } = bound(store);
      store.find = ({ tag: _ignored, ...filters }) => find(filters);
    },
  },
  {
    fault: 'hands out live objects',
    caughtBy: 'changing a job that getJob gave changes nothing',
    spoil({ store }) {
      const { get } = bound(store);
      const live = new Map<string, { readonly job: QueueJob; readonly version: string }>();
      store.get = async (id) => {
        const job = await get(id);
        if (job === null) return null;
        const version = `${job.status} ${job.updatedAt.getTime()}`;
        const kept = live.get(id);
        if (kept?.version === version) return kept.job;
        live.set(id, { job, version });
        return job;
      };
    },
  },
  {
    fault: 'tells of a change before it is stored',
    caughtBy: 'the life of a job is told in order, each event after its change is stored',
    spoil({ store }) {
      const { settle } = bound(store);
      store.settle = async (settlements) => {
        void later().then(() => settle(settlements));
        return settlements.map(() => 'stored' as const);
      };
    },
  },
];

const brokenLeases: readonly BrokenAdapter[] = [
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

const brokenStopping: readonly BrokenAdapter[] = [
  {
    fault: 'does not drain when it stops',
    caughtBy: 'a stopping worker takes nothing new and waits for the job in hand',
    spoil({ adapter }) {
      const work = adapter.work.bind(adapter);
      adapter.work = (handler, options) => {
        const worker = work(handler, options);
        const stop = async () => void worker.stop();
        return Object.defineProperty(Object.create(worker), 'stop', { value: stop });
      };
    },
  },
  {
    fault: 'makes a stop cost a retry',
    caughtBy: 'a stop that lasts too long aborts the job and gives it back, which costs no retry',
    isSeenByModel: true,
    spoil({ store }) {
      const error = { name: 'Error', message: 'stopped' };
      changeSettlements(store, (settlement) =>
        settlement.to === 'pending'
          ? { ...settlement, to: 'retrying', delayMs: 0, error, countsAttempt: true }
          : settlement,
      );
    },
  },
];

/** All of them. */
export const brokenAdapters: readonly BrokenAdapter[] = [
  ...brokenAdding,
  ...brokenClaiming,
  ...brokenScheduling,
  ...brokenRetrying,
  ...brokenSteering,
  ...brokenReading,
  ...brokenLeases,
  ...brokenStopping,
];
