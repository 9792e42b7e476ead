import { type BrokenAdapter, bound, changeAdds, changeInserts } from './broken-adapter.ts';

/** Faults in ageing, in turns, and in telling what is ahead. */
export const brokenOrder: readonly BrokenAdapter[] = [
  {
    fault: 'lets no job age',
    caughtBy: 'an ageing job that waited long enough goes before a fresh one of a higher priority',
    spoil: ({ store }) => changeInserts(store, (job) => ({ ...job, agingMs: null })),
  },
  {
    fault: 'lets a job age a millisecond too fast',
    caughtBy: 'an ageing job that waited long enough goes before a fresh one of a higher priority',
    spoil: ({ store }) =>
      changeInserts(store, (job) => ({ ...job, agingMs: job.agingMs && job.agingMs - 1 })),
  },
  {
    fault: 'lets every job age',
    caughtBy: 'a job that does not age waits behind a higher priority however long it has waited',
    spoil: ({ store }) => changeInserts(store, (job) => ({ ...job, agingMs: job.agingMs ?? 60_000 })),
  },
  {
    fault: 'takes an ageing that is none for none',
    caughtBy: 'an ageing that is no whole number of milliseconds from 1 to 30 days is refused',
    spoil: ({ adapter }) =>
      changeAdds(adapter, ({ agingMs, ...job }) =>
        Number.isInteger(agingMs) && Number(agingMs) > 0 ? { ...job, agingMs: Number(agingMs) } : job,
      ),
  },
  {
    fault: 'lets no keys take turns',
    caughtBy: 'a key with few jobs takes its turn with the flood of another',
    spoil: ({ store }) => changeInserts(store, (job) => ({ ...job, isFair: false })),
  },
  {
    fault: 'takes every job without a key for one of a key of its own',
    caughtBy: 'jobs without a key take turns with those that have one',
    spoil: ({ store }) =>
      changeInserts(store, (job) => ({
        ...job,
        groupKey: job.isFair ? (job.groupKey ?? job.id) : job.groupKey,
      })),
  },
  {
    fault: 'lets keys take turns across priorities',
    caughtBy: 'turns are taken within a priority, and no key goes before a higher one',
    spoil: ({ store }) => changeInserts(store, (job) => (job.isFair ? { ...job, priority: 5 } : job)),
  },
  {
    fault: 'counts the jobs of other queues as ahead',
    caughtBy: 'the jobs ahead of a waiting one are told, and become fewer as they are started',
    spoil({ store }) {
      const { stats } = bound(store);
      const countAhead = store.countAhead?.bind(store);
      store.countAhead = async (id) => {
        const ahead = (await countAhead?.(id)) ?? null;
        return ahead && ahead + (await stats('other')).pending;
      };
    },
  },
  {
    fault: 'counts jobs of lower priorities as ahead',
    caughtBy: 'jobs of a higher priority are ahead, those of a lower one are not',
    spoil({ store }) {
      const { find } = bound(store);
      store.countAhead = async (id) => {
        const { jobs } = await find({
          status: 'pending',
          queue: 'default',
          limit: 1000,
          offset: 0,
          order: 'asc',
        });
        const place = jobs.findIndex((job) => job.id === id);
        return place === -1 ? null : place;
      };
    },
  },
  {
    fault: 'says that nothing is ahead of a job that does not wait',
    caughtBy: 'nothing is told ahead of a job that is not due, has ended or is not kept',
    spoil({ store }) {
      const countAhead = store.countAhead?.bind(store);
      store.countAhead = async (id) => (await countAhead?.(id)) ?? 0;
    },
  },
];
