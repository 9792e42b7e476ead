import { describe, expect, it } from 'vitest';
import type { JobStore } from '../src/job-store.ts';
import { jobStoreConformance } from '../src/testing/index.ts';
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
];

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
