import { describe, expect, it } from 'vitest';
import type { EventLog, JobStore } from '../src/job-store.ts';
import { jobStoreConformance } from '../src/testing/index.ts';
import { bound, changeInserts, changeJobs } from './broken/broken-adapter.ts';
import { CollectingRunner } from './collecting-runner.ts';
import { createInMemoryStoreHarness } from './in-memory-store-harness.ts';

/** A store with one fault, and the case that must find it. */
interface BrokenStore {
  readonly fault: string;
  readonly caughtBy: string;
  readonly spoil: (store: JobStore) => void;
}

const brokenStores: readonly BrokenStore[] = [
  {
    fault: 'gives the same fence twice',
    caughtBy: 'every claim of a job has a higher fence than the one before',
    spoil(store) {
      const claim = store.claim.bind(store);
      store.claim = async (request) =>
        (await claim(request)).map(({ job, fence }) => ({ job, fence: { ...fence, claim: 1 } }));
    },
  },
  {
    fault: 'gives one job to two callers',
    caughtBy: 'claims made at the same time share no job and leave none',
    spoil(store) {
      const claim = store.claim.bind(store);
      let last: Awaited<ReturnType<JobStore['claim']>> = [];
      let claims = 0;
      store.claim = async (request) => {
        claims += 1;
        const isRepeated = claims % 3 === 0;
        last = isRepeated ? last : await claim(request);
        return last;
      };
    },
  },
  {
    fault: 'settles whoever asks',
    caughtBy: 'a second settlement of one claim is refused',
    spoil(store) {
      const settle = store.settle.bind(store);
      store.settle = async (settlements) => (await settle(settlements)).map(() => 'stored' as const);
    },
  },
  {
    fault: 'stops at the first stale settlement',
    caughtBy: 'a settlement under an old fence is refused, recorded, and does not stop the others',
    spoil(store) {
      const settle = store.settle.bind(store);
      store.settle = async (settlements) => {
        const [first, ...others] = settlements;
        const results = first ? await settle([first]) : [];
        return results[0] === 'stale'
          ? [...results, ...others.map(() => 'stale' as const)]
          : [...results, ...(await settle(others))];
      };
    },
  },
  {
    fault: 'updates without looking at the fence',
    caughtBy: 'an update is stored under the current fence only',
    spoil(store) {
      const update = store.update.bind(store);
      store.update = async (fence, patch) => {
        await update(fence, patch);
        return true;
      };
    },
  },
  {
    fault: 'takes back the jobs of all workers',
    caughtBy: 'jobs of a worker that sends heartbeats are never taken back',
    spoil(store) {
      const heartbeat = store.heartbeat.bind(store);
      store.heartbeat = (workerId) => heartbeat(workerId, 1);
    },
  },
  {
    fault: 'tells the next due moment of another queue',
    caughtBy: 'the next due moment is told to the millisecond',
    spoil(store) {
      const msUntilNextDue = store.msUntilNextDue.bind(store);
      store.msUntilNextDue = () => msUntilNextDue();
    },
  },
  {
    fault: 'wakes nobody when a job is retried by hand',
    caughtBy: 'whatever may make a job due wakes those who wait, until they no longer want it',
    spoil(store) {
      const [onWake, retry] = [store.onWake.bind(store), store.retry.bind(store)];
      let isRetrying = false;
      store.onWake = (callback) => onWake(() => (isRetrying ? undefined : callback()));
      store.retry = async (id) => {
        isRetrying = true;
        const job = await retry(id);
        isRetrying = false;
        return job;
      };
    },
  },
  {
    fault: 'says of every job that it is new',
    caughtBy: 'insert tells which jobs are new and which were kept already',
    spoil(store) {
      const insert = store.insert.bind(store);
      store.insert = async (jobs) => (await insert(jobs)).map(({ job }) => ({ job, isNew: true }));
    },
  },
  {
    fault: 'claims from queues that are to be left alone',
    caughtBy: 'a claim of all queues but some leaves those alone, though they are named as well',
    spoil(store) {
      const claim = store.claim.bind(store);
      store.claim = ({ exceptQueues: _exceptQueues, ...request }) => claim(request);
    },
  },
  {
    fault: 'tells the next due moment of queues that are left alone',
    caughtBy: 'the next due moment is told without the queues that are left out',
    spoil(store) {
      const msUntilNextDue = store.msUntilNextDue.bind(store);
      store.msUntilNextDue = ({ exceptQueues: _exceptQueues, ...selection } = {}) =>
        msUntilNextDue(selection);
    },
  },
  {
    fault: 'forgets the moment from which a job is too late',
    caughtBy: 'a job keeps the moment from which it is too late, and is claimed all the same',
    spoil: (store) => changeInserts(store, (job) => ({ ...job, expiresAt: null })),
  },
  {
    fault: 'counts a try that was given up for good',
    caughtBy: 'a claim given up for good ends cancelled, with its reason, and does not count as a try',
    spoil: (store) =>
      changeJobs(store, (job) => (job.status === 'cancelled' ? { ...job, attempts: job.attempts + 1 } : job)),
  },
  {
    fault: 'gives up whatever claim it is told to',
    caughtBy: 'giving up a claim that is no longer held is refused and changes nothing',
    spoil(store) {
      const { settle, cancel } = bound(store);
      store.settle = async (settlements) => {
        for (const { to, jobId } of settlements) if (to === 'cancelled') await cancel(jobId);
        return settle(settlements);
      };
    },
  },
  {
    fault: 'lets no job age',
    caughtBy: 'jobs that age and are alike come oldest due first',
    spoil: (store) =>
      changeInserts(store, (job) => ({
        ...job,
        scheduledFor: job.agingMs === null ? job.scheduledFor : null,
      })),
  },
  {
    fault: 'lets a job age from when it was stored',
    caughtBy:
      'a job that waited long enough goes before a fresh one of a higher priority, and not a millisecond earlier',
    spoil: (store) =>
      changeInserts(store, (job) => ({ ...job, priority: job.agingMs === null ? job.priority : 5 })),
  },
  {
    fault: 'lets no keys take turns',
    caughtBy: 'a key that comes while a flood is worked off has its turn at once',
    spoil: (store) => changeInserts(store, (job) => ({ ...job, isFair: false })),
  },
  {
    fault: 'counts what is ahead in all queues',
    caughtBy: 'the jobs ahead of a waiting one are those of its queue that are claimed before it',
    spoil(store) {
      const countAhead = store.countAhead?.bind(store);
      store.countAhead = async (id) => {
        const ahead = (await countAhead?.(id)) ?? null;
        return ahead && ahead + (await store.stats('other')).pending;
      };
    },
  },
  {
    fault: 'starts a job again once too often',
    caughtBy: 'a limit of none refuses the first start again, and no limit none',
    spoil(store) {
      const { retry } = bound(store);
      store.retry = (id, { maxReplays = Number.POSITIVE_INFINITY, ...options } = {}) =>
        retry(id, { ...options, maxReplays: maxReplays + 1 });
    },
  },
  {
    fault: 'starts a job again for two who ask at the same time',
    caughtBy: 'of two that start a job again at the same time one is refused',
    spoil(store) {
      const { get, retry } = bound(store);
      store.retry = (id, options) =>
        retry(id, options).catch(async (error: unknown) => {
          const job = await get(id);
          if (job?.status === 'pending') return job;
          throw error;
        });
    },
  },
  {
    fault: 'keeps the payload a job had',
    caughtBy: 'a job started again with another payload carries it from then on',
    spoil(store) {
      const { retry } = bound(store);
      store.retry = (id, { payload: _payload, ...options } = {}) => retry(id, options);
    },
  },
  {
    fault: 'overwrites a shared value that somebody wrote since',
    caughtBy: 'of increments made at the same time none is lost',
    spoil({ shared }) {
      const write = shared?.write.bind(shared);
      if (shared === undefined || write === undefined) return;
      shared.write = async (change) => (await write(change)) ?? change.version;
    },
  },
  {
    fault: 'appends the newest event first',
    caughtBy: 'events are read as and in the order they were appended, page by page',
    spoil: (store) =>
      changeLog(store, ({ append }) => ({ append: (events, keep) => append(events.toReversed(), keep) })),
  },
  {
    fault: 'gives the cursor before the newest event for the latest',
    caughtBy: 'after the latest cursor comes nothing, and then all that is appended, also in an empty log',
    spoil: (store) =>
      changeLog(store, ({ latest }) => ({ latest: async () => String(Number(await latest()) - 1) })),
  },
  {
    fault: 'tells nobody that events are gone',
    caughtBy: 'only the newest events are kept, and who misses some is told',
    spoil: (store) =>
      changeLog(store, ({ read }) => ({
        read: async (after, limit) => ({ ...(await read(after, limit)), isGap: false }),
      })),
  },
  {
    fault: 'keeps all events',
    caughtBy: 'only the newest events are kept, and who misses some is told',
    spoil: (store) =>
      changeLog(store, ({ append }) => ({ append: (events) => append(events, Number.MAX_SAFE_INTEGER) })),
  },
  {
    fault: 'keeps fewer events than it was told',
    caughtBy: 'only the newest events are kept, and who misses some is told',
    spoil: (store) =>
      changeLog(store, ({ append }) => ({ append: (events, keep) => append(events, keep - 10) })),
  },
  {
    fault: 'takes any cursor for one of its own',
    caughtBy: 'a cursor that the log never gave is one whose followers are gone',
    spoil: (store) =>
      changeLog(store, ({ read }) => ({
        read: (after, limit) => read(after !== null && Number(after) > 0 ? after : null, limit),
      })),
  },
  {
    fault: 'lets events of others come between those of one append',
    caughtBy: 'events appended at the same time have one order, and a reader that goes along misses none',
    spoil: (store) =>
      changeLog(store, ({ append }) => ({
        async append(events, keep) {
          for (const event of events) await append([event], keep);
        },
      })),
  },
  {
    fault: 'loses what is appended at the same time',
    caughtBy: 'events appended at the same time have one order, and a reader that goes along misses none',
    spoil(store) {
      let appending = 0;
      changeLog(store, ({ append }) => ({
        async append(events, keep) {
          appending += 1;
          if (appending < 3) await append(events, keep);
          await Promise.resolve();
          appending -= 1;
        },
      }));
    },
  },
  {
    fault: 'calls nobody when events are appended',
    caughtBy: 'appended events call those who listen, until they no longer want it',
    spoil: (store) => changeLog(store, () => ({ onAppend: () => () => undefined })),
  },
];

/** Replaces methods of a store's log of events. */
function changeLog({ events }: JobStore, change: (sound: EventLog) => Partial<EventLog>): void {
  if (events === undefined) return;
  const sound: EventLog = {
    append: events.append.bind(events),
    read: events.read.bind(events),
    latest: events.latest.bind(events),
    onAppend: events.onAppend.bind(events),
  };
  Object.assign(events, change(sound));
}

/** Runs the whole suite on a store. */
async function failuresOf(spoil?: BrokenStore['spoil']): Promise<string[]> {
  const runner = new CollectingRunner();
  const create = async () => {
    const harness = createInMemoryStoreHarness();
    spoil?.(harness.store);
    return harness;
  };
  jobStoreConformance(runner, { name: 'broken', create });
  return [...(await runner.failures()).keys()];
}

describe('the suite for job stores', { timeout: 60_000 }, () => {
  it('finds no fault in the sound store', async () => {
    expect(await failuresOf()).toEqual([]);
  });

  it.each(brokenStores)('catches a store that $fault: "$caughtBy"', async ({ caughtBy, spoil }) => {
    expect(await failuresOf(spoil)).toContain(caughtBy);
  });
});
