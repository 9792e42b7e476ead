import { VirtualClock } from '@townkrier/core/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineJob } from '../define-job.ts';
import { InMemoryQueueAdapter } from '../in-memory/in-memory-queue-adapter.ts';
import { SharedValues } from '../in-memory/shared-values.ts';
import type { SharedState } from '../job-store.ts';
import { QueueManager } from '../queue-manager.ts';
import { ExpiredEntries } from './expired-entries.ts';

const task = defineJob({ name: 'task', payload: z.null() });

/** What processes share, with a look at every list. `onList` is called with what was found before it is given back. */
function watch(shared: SharedState, onList: (prefix: string) => Promise<void> | void): SharedState {
  return {
    read: (key) => shared.read(key),
    async list(prefix) {
      const found = await shared.list(prefix);
      await onList(prefix);
      return found;
    },
    write: (change) => shared.write(change),
    now: () => shared.now(),
    onChange: (callback) => shared.onChange(callback),
  };
}

it('entries that are over go, a part a second, while adds come; those that are not stay', async () => {
  const clock = new VirtualClock();
  const adapter = new InMemoryQueueAdapter({ clock });
  const queue = new QueueManager(adapter, undefined, { clock });
  const count = async () => (await adapter.shared?.list('dedupe:'))?.length;
  const add = (key: string, window: number) => queue.add(task, null, { dedupe: { key, window } });
  await Promise.all(Array.from({ length: 500 }, (_, i) => add(`short-${i}`, 1_000)));
  await Promise.all(Array.from({ length: 50 }, (_, i) => add(`long-${i}`, 600_000)));
  await queue.add(task, null, { dedupe: { key: 'put off', debounce: 1_000 } });
  expect(await count()).toBe(551);
  for (let second = 0; second < 10; second++) {
    await clock.advance(1_000);
    await add('long-0', 600_000);
  }
  await clock.settle();
  expect(await count()).toBeGreaterThan(300);
  for (let second = 0; second < 64; second++) {
    await clock.advance(1_000);
    await add('long-0', 600_000);
  }
  await clock.settle();
  expect(await count()).toBe(50);
});

it('of all processes, one looks at a time', async () => {
  const clock = new VirtualClock();
  const looks: string[] = [];
  const shared = watch(new SharedValues(clock), (prefix) => void looks.push(prefix));
  const processes = Array.from({ length: 4 }, () => new ExpiredEntries(shared));
  for (let look = 0; look < 30; look++) {
    for (const one of processes) one.sweepSoon(clock.now());
    await clock.advance(100);
  }
  expect(looks).toEqual(['dedupe:0:', 'dedupe:1:', 'dedupe:2:']);
});

it('an entry that begins anew while it is removed stays', async () => {
  const clock = new VirtualClock();
  const values = new SharedValues(clock);
  const key = 'dedupe:0:k';
  const version = await values.write({ key, value: { key: 'old', until: 0 }, version: null });
  const value = { key: 'new', until: clock.now() + 1_000 };
  const shared = watch(values, async () => void (await values.write({ key, value, version })));
  new ExpiredEntries(shared).sweepSoon(clock.now());
  await clock.settle();
  expect((await values.read(key))?.value).toEqual(value);
});
