import assert from 'node:assert/strict';
import type { SharedState } from '../../job-store.ts';
import type { QueueAdapter } from '../../queue-adapter.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';
import { sharedStatePromises } from '../shared-state-promises.ts';

function sharedOf({ shared }: QueueAdapter): SharedState {
  assert.ok(shared, 'an adapter with the capability `sharedState` has `shared`');
  return shared;
}

export const sharedStateCases: readonly QueueAdapterCase[] = [
  ...sharedStatePromises.map(
    ({ name, needsShared = false, check }): QueueAdapterCase => ({
      name,
      needs: needsShared ? ['sharedState', 'isShared'] : ['sharedState'],
      run: ({ adapter, harness }) =>
        check({
          shared: sharedOf(adapter),
          now: () => harness.now(),
          advance: (ms) => harness.advance(ms),
          async elsewhere() {
            assert.ok(harness.connect, 'the harness of a shared adapter needs `connect`');
            return sharedOf(await harness.connect());
          },
        }),
    }),
  ),
  {
    name: 'a shared value survives the machine',
    needs: ['sharedState', 'durability'],
    async run({ adapter, harness }) {
      const version = await sharedOf(adapter).write({ key: 'pause:mail', value: true, version: null });
      assert.ok(harness.restart, 'the harness of a durable adapter needs `restart`');
      const kept = await sharedOf(await harness.restart()).read('pause:mail');
      assert.deepEqual(kept, { key: 'pause:mail', value: true, version });
    },
  },
  {
    name: 'nothing is shared, because the adapter cannot',
    lacks: 'sharedState',
    run: async ({ adapter }) => assert.equal(adapter.shared, undefined),
  },
];
