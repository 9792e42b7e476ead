import assert from 'node:assert/strict';
import type { JobStore, SharedState } from '../../job-store.ts';
import type { JobStoreCase } from '../job-store-case.ts';
import { sharedStatePromises } from '../shared-state-promises.ts';

function sharedOf({ shared }: JobStore): SharedState {
  assert.ok(shared, 'a store with the capability `sharedState` has `shared`');
  return shared;
}

export const sharedStateCases: readonly JobStoreCase[] = sharedStatePromises.map(
  ({ name, needsShared = false, check }) => ({
    name,
    needs: ['sharedState'],
    needsShared,
    run: ({ harness, store }) =>
      check({
        shared: sharedOf(store),
        now: () => harness.now(),
        advance: (ms) => harness.advance(ms),
        async elsewhere() {
          assert.ok(harness.connect, 'the harness of a shared store needs `connect`');
          return sharedOf(await harness.connect());
        },
      }),
  }),
);
