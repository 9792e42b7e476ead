import type { JobStore } from '../../src/job-store.ts';
import { type BrokenAdapter, bound, changeJobs } from './broken-adapter.ts';

/** Faults in handing jobs to workers. */
export const brokenClaiming: readonly BrokenAdapter[] = [
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
    fault: 'ignores the queues that a worker leaves alone',
    caughtBy: 'a worker leaves the queues alone that it is told to, though they are named as well',
    spoil({ store }) {
      const { claim } = bound(store);
      store.claim = ({ exceptQueues: _exceptQueues, ...request }) => claim(request);
    },
  },
  {
    fault: 'sleeps for ever when a worker leaves queues alone',
    caughtBy: 'a worker that leaves a queue alone wakes for the jobs of others when they are due',
    spoil({ store }) {
      const msUntilNextDue = store.msUntilNextDue.bind(store);
      store.msUntilNextDue = async (selection) =>
        selection?.exceptQueues === undefined ? msUntilNextDue(selection) : null;
    },
  },
  {
    fault: 'looks for jobs only when one is added',
    caughtBy: 'a worker runs the jobs that waited before it started',
    isSeenByModel: true,
    spoil({ store }) {
      const { claim } = bound(store);
      const msUntilNextDue = store.msUntilNextDue.bind(store);
      const known = new Set<string>();
      store.claim = async (request) => {
        const isFirst = !known.has(request.workerId);
        known.add(request.workerId);
        return isFirst ? [] : claim(request);
      };
      store.msUntilNextDue = async (selection) => (await msUntilNextDue(selection)) || null;
    },
  },
  {
    fault: 'forgets when a try started',
    caughtBy: 'a job in hand is processing, counted and stamped',
    spoil: ({ store }) => changeJobs(store, (job) => ({ ...job, startedAt: null })),
  },
  {
    fault: 'forgets the step of a progress',
    caughtBy: 'progress and log lines are stored while the job runs',
    spoil({ store }) {
      const update = store.update.bind(store);
      store.update = (fence, { progress, ...patch }) =>
        update(fence, progress === undefined ? patch : { ...patch, progress: { ...progress, step: null } });
    },
  },
  {
    fault: 'keeps the oldest lines of a log',
    caughtBy: 'a job keeps the newest 100 lines of its log',
    spoil({ store }) {
      const update = store.update.bind(store);
      const { get } = bound(store);
      store.update = async (fence, { log, ...patch }) => {
        const isFull = ((await get(fence.jobId))?.logs.length ?? 0) >= 100;
        return update(fence, log === undefined || isFull ? patch : { ...patch, log });
      };
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
