import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, it } from 'vitest';
import type { JobStore } from '../src/job-store.ts';
import {
  type HarnessRequest,
  type QueueAdapterHarness,
  queueAdapterConformance,
} from '../src/testing/index.ts';
import { createInMemoryHarness, IN_MEMORY_LACKS } from './in-memory-harness.ts';

/** Turns of the event loop that a step of the adapter takes at most: some calls of the store, one after the other. */
const TURNS_PER_STEP = 30;

/** Lets every call of a store take its time before and after it does its work, and fail once it is closed, as a database does. */
function slowDown(store: JobStore): void {
  let isClosed = false;
  store.close = async () => {
    isClosed = true;
  };
  const slow = <Args extends unknown[], Result>(method: (...args: Args) => Promise<Result>) => {
    return async (...args: Args): Promise<Result> => {
      await nextTurn();
      if (isClosed) throw new Error('the store is closed');
      const result = await method(...args);
      await nextTurn();
      return result;
    };
  };
  store.insert = slow(store.insert.bind(store));
  store.claim = slow(store.claim.bind(store));
  store.settle = slow(store.settle.bind(store));
  store.update = slow(store.update.bind(store));
  store.heartbeat = slow(store.heartbeat.bind(store));
  store.reapExpired = slow(store.reapExpired.bind(store));
  store.forgetWorker = slow(store.forgetWorker.bind(store));
  store.msUntilNextDue = slow(store.msUntilNextDue.bind(store));
  store.get = slow(store.get.bind(store));
  store.find = slow(store.find.bind(store));
  store.stats = slow(store.stats.bind(store));
  store.retry = slow(store.retry.bind(store));
  store.cancel = slow(store.cancel.bind(store));
  store.remove = slow(store.remove.bind(store));
}

/** Time passes in steps of at most a second, so that no step of the adapter is still under way when the next begins. */
async function createSlowHarness(request: HarnessRequest): Promise<QueueAdapterHarness> {
  const harness = await createInMemoryHarness(request, ({ store }) => slowDown(store));
  const settle = async () => {
    for (let turn = 0; turn < TURNS_PER_STEP; turn += 1) await nextTurn();
  };
  return {
    ...harness,
    async advance(ms) {
      await settle();
      for (let left = ms; left > 0; left -= 1000) {
        await harness.advance(Math.min(left, 1000));
        await settle();
      }
    },
  };
}

queueAdapterConformance(
  { describe, it: (name, run) => it(name, run, 60_000) },
  {
    name: 'StoreQueueAdapter on a store that takes its time',
    create: createSlowHarness,
    lacks: IN_MEMORY_LACKS,
  },
);
