import { VirtualClock } from '@townkrier/core/testing';
import type { ClaimedJob, JobToInsert, SettleResult } from '@townkrier/queue';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SqliteJobStore } from '../src/queue/sqlite-job-store.ts';
import { openStore, plainJob } from './open-store.ts';
import { temporaryFile } from './temporary-file.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const AWAY = { name: 'Error', message: 'the provider was away' };

let place: ReturnType<typeof temporaryFile>;
let clock: VirtualClock;
let stores: SqliteJobStore[];
let store: SqliteJobStore;

beforeEach(() => {
  place = temporaryFile();
  clock = new VirtualClock();
  stores = [];
  store = open();
});

afterEach(async () => {
  await Promise.all(stores.map((each) => each.close()));
  place.remove();
});

function open(): SqliteJobStore {
  const opened = openStore(place.file, clock);
  stores.push(opened);
  return opened;
}

/** Fair jobs of a key, whose ids are the key and a number. */
function fair(key: string, numbers: readonly number[], more: Partial<JobToInsert> = {}): JobToInsert[] {
  return numbers.map((n) => plainJob(`${key}${n}`, { groupKey: key, isFair: true, ...more }));
}

async function claim(limit: number): Promise<readonly ClaimedJob[]> {
  return store.claim({ workerId: 'worker', limit });
}

/** Claims what there is, at most so many. @returns their ids in that order. */
async function claimIds(limit = 100): Promise<string[]> {
  return (await claim(limit)).map(({ job }) => job.id);
}

async function tryAgainIn(delayMs: number, { fence }: ClaimedJob): Promise<readonly SettleResult[]> {
  const attempt = { outcome: 'retried', error: AWAY, retryDelayMs: delayMs } as const;
  return store.settle([{ ...fence, attempt, to: 'retrying', delayMs, error: AWAY, countsAttempt: true }]);
}

it('keys take turns, whichever connection their jobs came by and however many came at once', async () => {
  await store.insert(fair('a', [1, 2, 3, 4, 5]));
  await clock.advance(MINUTE);
  await open().insert(fair('b', [1, 2, 3]));
  await store.insert([...fair('a', [6]), ...fair('c', [1])]);
  expect(await claimIds()).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'b3', 'a4', 'a5', 'a6']);
});

it('a key that comes again while others wait is not behind all they have', async () => {
  await store.insert(fair('a', [1, 2, 3, 4]));
  await store.insert(fair('b', [1]));
  expect(await claimIds(3)).toEqual(['a1', 'b1', 'a2']);
  await store.insert(fair('b', [2]));
  expect(await claimIds()).toEqual(['a3', 'b2', 'a4']);
});

it('jobs without a key share one, and those that are not fair are where their moment puts them', async () => {
  await store.insert(fair('none', [1, 2, 3], { groupKey: null }));
  await store.insert(fair('b', [1]));
  await clock.advance(MINUTE);
  await store.insert([plainJob('plain', { groupKey: 'b' }), ...fair('b', [2])]);
  expect(await claimIds()).toEqual(['none1', 'b1', 'none2', 'b2', 'none3', 'plain']);
});

it('jobs that become due together take turns', async () => {
  const scheduledFor = clock.now() + HOUR;
  await store.insert(fair('a', [1, 2, 3], { scheduledFor }));
  await store.insert(fair('b', [1, 2], { scheduledFor }));
  await clock.advance(HOUR);
  await store.insert(fair('c', [1]));
  expect(await claimIds()).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

it('a key that has a job for tomorrow is not behind the flood of another today', async () => {
  await store.insert(fair('a', [9], { scheduledFor: clock.now() + 24 * HOUR }));
  await store.insert(fair('b', [1, 2, 3]));
  await store.insert(fair('a', [1]));
  expect(await claimIds()).toEqual(['b1', 'a1', 'b2', 'b3']);
});

it('a job that is tried again takes a turn when it is due', async () => {
  await store.insert(fair('a', [1]));
  for (const claimed of await claim(1)) await tryAgainIn(HOUR, claimed);
  await store.insert(fair('b', [1, 2, 3, 4]));
  await clock.advance(HOUR);
  expect(await claimIds()).toEqual(['a1', 'b1', 'b2', 'b3', 'b4']);
});

it('a job that is started again by hand, or that a worker dies with, takes a turn', async () => {
  await store.insert(fair('a', [1, 2]));
  await store.heartbeat('worker', MINUTE);
  expect(await claimIds(1)).toEqual(['a1']);
  await store.cancel('a2');
  await store.insert(fair('b', [1, 2, 3]));
  await clock.advance(MINUTE);
  await store.reapExpired(3);
  await store.retry('a2');
  expect(await claimIds()).toEqual(['a1', 'b1', 'a2', 'b2', 'b3']);
});

it('the late word of a worker that had died leaves a turn as it is', async () => {
  await store.insert(fair('a', [1, 2]));
  await store.heartbeat('worker', MINUTE);
  const lost = await claim(1);
  await store.insert(fair('b', [1, 2]));
  await clock.advance(MINUTE);
  await store.reapExpired(3);
  for (const claimed of lost) expect(await tryAgainIn(HOUR, claimed)).toEqual(['stale']);
  expect(await store.get('a1')).toMatchObject({ attemptLog: [{ outcome: 'late' }] });
  expect(await claimIds()).toEqual(['a2', 'b1', 'a1', 'b2']);
});

it('turns are kept apart by priority, and not by how much waiting weighs', async () => {
  await store.insert(fair('a', [1, 2], { agingMs: MINUTE }));
  await store.insert(fair('a', [3], { agingMs: 2 * MINUTE }));
  await store.insert(fair('b', [1], { agingMs: 2 * MINUTE }));
  await store.insert(fair('b', [2], { agingMs: MINUTE }));
  await store.insert(fair('b', [3], { priority: 9, agingMs: MINUTE }));
  // At priority 5 twice the weight is five minutes more: the first of b, then the third of a, then those of the other weight in their turns.
  expect(await claimIds()).toEqual(['b1', 'a3', 'b3', 'a1', 'a2', 'b2']);
});
