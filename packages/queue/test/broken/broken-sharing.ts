import assert from 'node:assert/strict';
import type { JobStore, SharedState } from '../../src/job-store.ts';
import type { BrokenAdapter } from './broken-adapter.ts';

function sharedOf(store: JobStore): SharedState {
  assert.ok(store.shared);
  return store.shared;
}

/** Faults in what processes share. */
export const brokenSharing: readonly BrokenAdapter[] = [
  {
    fault: 'removes no shared value',
    caughtBy: 'a shared value is read as it was written, until it is removed',
    spoil({ store }) {
      const shared = sharedOf(store);
      const write = shared.write.bind(shared);
      shared.write = async (change) => (change.value === null ? change.version : write(change));
    },
  },
  {
    fault: 'takes the beginning of keys for a pattern',
    caughtBy: 'shared values are listed by how their keys begin, in the order of the keys',
    spoil({ store }) {
      const shared = sharedOf(store);
      const list = shared.list.bind(shared);
      shared.list = async (prefix) => {
        const pattern = new RegExp(`^${prefix.replaceAll('%', '.*')}`, 'i');
        return (await list('')).filter(({ key }) => pattern.test(key));
      };
    },
  },
  {
    fault: 'overwrites what somebody else wrote',
    caughtBy: 'a write after somebody else wrote is refused and changes nothing',
    spoil({ store }) {
      const shared = sharedOf(store);
      const write = shared.write.bind(shared);
      shared.write = async ({ key, value }) =>
        write({ key, value, version: (await shared.read(key))?.version ?? null });
    },
  },
  {
    fault: 'loses writes made at the same time',
    caughtBy: 'of increments made at the same time none is lost',
    spoil({ store }) {
      const shared = sharedOf(store);
      const write = shared.write.bind(shared);
      shared.write = async (change) => (await write(change)) ?? change.version;
    },
  },
  {
    fault: 'takes the value of a shared value for its version',
    caughtBy: 'the version of a shared value never comes back, also when it was removed in between',
    spoil({ store }) {
      const shared = sharedOf(store);
      const [read, write] = [shared.read.bind(shared), shared.write.bind(shared)];
      shared.read = async (key) => {
        const entry = await read(key);
        return entry && { ...entry, version: JSON.stringify(entry.value) };
      };
      shared.write = async ({ key, value, version }) => {
        const entry = await read(key);
        if ((entry && JSON.stringify(entry.value)) !== version) return null;
        await write({ key, value, version: entry?.version ?? null });
        return JSON.stringify(value);
      };
    },
  },
  {
    fault: 'calls nobody when a shared value changes',
    caughtBy: 'a write calls those who listen, until they no longer want it',
    spoil({ store }) {
      sharedOf(store).onChange = () => () => undefined;
    },
  },
  {
    fault: 'tells another time than its own',
    caughtBy: 'shared state tells the time of the store',
    spoil({ store }) {
      sharedOf(store).now = async () => 0;
    },
  },
];
