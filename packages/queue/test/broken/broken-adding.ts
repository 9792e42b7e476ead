import { QueueError } from '../../src/errors.ts';
import type { QueueJob } from '../../src/job.ts';
import type { JobStore } from '../../src/job-store.ts';
import { type BrokenAdapter, bound, changeAdds, later } from './broken-adapter.ts';

/** Faults in adding jobs. */
export const brokenAdding: readonly BrokenAdapter[] = [
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
    fault: 'stores the jobs before the one it refuses',
    caughtBy: 'an add in which one job cannot be stored stores none',
    spoil({ adapter }) {
      const add = adapter.add.bind(adapter);
      adapter.add = async (jobs) => {
        const added: QueueJob[] = [];
        for (const job of jobs) added.push(...(await add([job])));
        return added;
      };
    },
  },
  {
    fault: 'gives jobs back in another order',
    caughtBy: 'add gives the jobs back in the order given, each with an id of its own',
    spoil({ adapter }) {
      const add = adapter.add.bind(adapter);
      adapter.add = async (jobs) => (await add(jobs)).toReversed();
    },
  },
  {
    fault: 'refuses an empty add',
    caughtBy: 'an empty add stores nothing',
    spoil({ adapter }) {
      const add = adapter.add.bind(adapter);
      adapter.add = async (jobs) => {
        if (jobs.length === 0) throw new QueueError('QUEUE_JOB_INVALID', 'There is nothing to add.');
        return add(jobs);
      };
    },
  },
  {
    fault: 'has defaults of its own',
    caughtBy: 'what a job is added without gets its documented default',
    spoil: ({ adapter }) => changeAdds(adapter, (job) => ({ owner: 'nobody', ...job })),
  },
  {
    fault: 'corrects a wrong priority',
    caughtBy: 'a priority that is no whole number from -1000 to 1000 is refused',
    spoil: ({ adapter }) =>
      changeAdds(adapter, ({ priority = 5, ...job }) => ({
        ...job,
        priority: Math.trunc(Math.min(1000, Math.max(-1000, priority || 0))),
      })),
  },
  {
    fault: 'takes a moment that is none for now',
    caughtBy: 'a moment that is no number is refused',
    spoil: ({ adapter }) =>
      changeAdds(adapter, ({ scheduledFor, ...job }) => (scheduledFor ? { ...job, scheduledFor } : job)),
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
