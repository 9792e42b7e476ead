import { QueueError } from '../../src/errors.ts';
import type { QueueJob } from '../../src/job.ts';
import { type BrokenAdapter, bound, changeAdds, changeJobs, later } from './broken-adapter.ts';

/** Faults in what is told of jobs. */
export const brokenReading: readonly BrokenAdapter[] = [
  {
    fault: 'counts wrong after a retry by hand',
    caughtBy: 'after many mixed operations the stats still equal a recount',
    isSeenByModel: true,
    spoil({ store }) {
      const { retry, stats } = bound(store);
      let forgotten = 0;
      store.retry = async (id, options) => {
        const job = await retry(id, options);
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
    fault: 'throws for a job nobody knows',
    caughtBy: 'getJob of an id nobody knows is null',
    spoil({ store }) {
      const { get } = bound(store);
      store.get = async (id) => {
        const job = await get(id);
        if (job === null) throw new QueueError('QUEUE_JOB_NOT_FOUND', `No job ${id} is kept.`);
        return job;
      };
    },
  },
  {
    fault: 'counts a job that never was',
    caughtBy: 'a fresh queue counts nothing',
    isSeenByModel: true,
    spoil({ store }) {
      const { stats } = bound(store);
      store.stats = async (queue) => {
        const counted = await stats(queue);
        return { ...counted, completed: Math.max(1, counted.completed) };
      };
    },
  },
  {
    fault: 'counts under names of its own',
    caughtBy: 'the names of statuses are the counters of the stats',
    spoil({ store }) {
      const { stats } = bound(store);
      store.stats = async (queue) => ({ ...(await stats(queue)), paused: 0 });
    },
  },
  {
    fault: 'corrects a page size that makes no sense',
    caughtBy: 'a page size or an offset that makes no sense is refused',
    spoil({ adapter }) {
      const findJobs = adapter.findJobs.bind(adapter);
      adapter.findJobs = ({ limit = 50, ...filters }) =>
        findJobs({ ...filters, limit: Math.trunc(Math.min(1000, Math.max(1, limit || 1))) });
    },
  },
  {
    fault: 'shares the payload of a job with its handler',
    caughtBy: 'what a handler does to its job does not reach the store',
    spoil({ store }) {
      const payloads = new Map<string, QueueJob['payload']>();
      changeJobs(store, (job) => {
        const payload = payloads.get(job.id) ?? structuredClone(job.payload);
        payloads.set(job.id, payload);
        return { ...job, payload };
      });
    },
  },
  {
    fault: 'puts the payload into its events',
    caughtBy: 'an event carries ids and states of its job, never its payload',
    spoil({ adapter }) {
      const on = adapter.on.bind(adapter);
      const payloads = new Map<string, unknown>();
      changeAdds(adapter, (job) => ({ id: `id-${payloads.size}`, ...job }));
      const add = adapter.add.bind(adapter);
      adapter.add = async (jobs) => {
        const added = await add(jobs);
        for (const { id, payload } of added) payloads.set(id, payload);
        return added;
      };
      adapter.on = (name, listener) =>
        on(name, (event) =>
          listener('jobId' in event ? { ...event, payload: payloads.get(event.jobId) } : event),
        );
    },
  },
  {
    fault: 'keeps listeners that were taken off',
    caughtBy: 'a listener that was taken off hears nothing more',
    spoil({ adapter }) {
      const on = adapter.on.bind(adapter);
      adapter.on = (name, listener) => {
        on(name, listener);
        return () => undefined;
      };
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
