import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { JobStore } from '../src/job-store.ts';
import {
  type HarnessRequest,
  type QueueAdapterHarness,
  queueAdapterConformance,
  queueModelConformance,
} from '../src/testing/index.ts';
import { createInMemoryHarness, IN_MEMORY_LACKS } from './in-memory-harness.ts';

/** Gives a store the step that settles and claims at once, with some way to go there and back. */
function addSettleAndClaim(store: JobStore): void {
  const settle = store.settle.bind(store);
  store.settleAndClaim = async (settlements, request) => {
    await nextTurn();
    const [results, claimed] = await Promise.all([settle(settlements), store.claim(request)]);
    await nextTurn();
    return { results, claimed };
  };
}

async function createHarness(request: HarnessRequest): Promise<QueueAdapterHarness> {
  const harness = await createInMemoryHarness(request, ({ store }) => addSettleAndClaim(store));
  return {
    ...harness,
    async advance(ms) {
      for (let turn = 0; turn < 5; turn += 1) await nextTurn();
      await harness.advance(ms);
      for (let turn = 0; turn < 5; turn += 1) await nextTurn();
    },
  };
}

const options = {
  name: 'StoreQueueAdapter on a store that claims when it settles',
  create: createHarness,
  lacks: IN_MEMORY_LACKS,
} as const;

queueAdapterConformance({ describe, it: (name, run) => it(name, run, 60_000) }, options);
queueModelConformance({ describe, it }, fc, { ...options, runs: 100 });
