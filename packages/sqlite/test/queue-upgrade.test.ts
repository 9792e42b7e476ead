import { copyFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { VirtualClock } from '@townkrier/core/testing';
import { expect, it } from 'vitest';
import { SqliteQueueAdapter } from '../src/queue/index.ts';
import type { SqliteJobStore } from '../src/queue/sqlite-job-store.ts';
import { openStore, plainJob } from './open-store.ts';
import { temporaryFile } from './temporary-file.ts';

const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));
const files = readdirSync(FIXTURES).filter((name) => /^queue-\d+\.db$/.test(name));

it('there is a file of every version so far', () => {
  expect(files).toEqual(['queue-1.db', 'queue-2.db', 'queue-3.db', 'queue-4.db']);
});

it.each(files)('%s is opened, and its jobs are worked off', async (name) => {
  const { file, remove } = temporaryFile();
  copyFileSync(FIXTURES + name, file);
  const clock = new VirtualClock(Date.UTC(2100, 0, 1));
  const adapter = new SqliteQueueAdapter({ file, clock, finishedMaxAge: Number.MAX_SAFE_INTEGER });
  const { jobs } = await adapter.findJobs({ order: 'asc' });
  expect(jobs.map(({ id, status }) => [id, status])).toEqual([
    ['completed', 'completed'],
    ['failed', 'failed'],
    ['retrying', 'retrying'],
    ['cancelled', 'cancelled'],
    ['processing', 'processing'],
    ['pending', 'pending'],
    ['scheduled', 'scheduled'],
  ]);
  expect(jobs[0]).toMatchObject({
    payload: { text: 'Grüße', list: [1, null, true] },
    result: { ok: true },
    progress: { percent: 50, step: 'half' },
    logs: [{ attempt: 1, message: 'half way' }],
    backoff: { type: 'exponential', factor: 3 },
    metadata: { source: 'fixture' },
    deliveries: [{ idempotencyKey: 'key-of-completed', channel: 'email' }],
    tags: ['fixture'],
    groupKey: 'group',
    owner: 'owner',
    idempotencyKey: 'once-completed',
  });
  expect(jobs[1]?.error?.message).toBe('the provider was away');

  const worker = adapter.work(() => 'done');
  await clock.advance(30_000);
  await adapter.retryJob('failed');
  await clock.advance(10);
  await worker.stop();
  expect(await adapter.getStats()).toEqual({
    pending: 0,
    scheduled: 1,
    processing: 0,
    retrying: 0,
    completed: 5,
    failed: 0,
    cancelled: 1,
  });
  expect(await adapter.getJob('processing')).toMatchObject({ status: 'completed', crashes: 1, attempts: 1 });
  await adapter.close();
  remove();
});

/** Claims all there is. @returns the ids, in that order. */
async function claimIds(store: SqliteJobStore): Promise<string[]> {
  return (await store.claim({ workerId: 'new', limit: 100 })).map(({ job }) => job.id);
}

it('jobs of version 1 run in their order, among those that came after the upgrade', async () => {
  const { file, remove } = temporaryFile();
  copyFileSync(`${FIXTURES}queue-1.db`, file);
  const clock = new VirtualClock(Date.UTC(2100, 0, 1));
  const store = openStore(file, clock);
  await store.reapExpired(3);
  await store.insert([
    plainJob('fair-1', { groupKey: 'group', isFair: true }),
    plainJob('fair-2', { groupKey: 'group', isFair: true }),
    plainJob('fair-3', { groupKey: 'another', isFair: true }),
    plainJob('urgent', { priority: 11 }),
    plainJob('aged', { agingMs: 60_000 }),
  ]);
  expect(await store.countAhead('fair-1')).toBe(2);
  expect(await claimIds(store)).toEqual([
    'urgent',
    'processing',
    'pending',
    'retrying',
    'fair-1',
    'fair-3',
    'fair-2',
    'aged',
  ]);
  expect(await store.get('pending')).toMatchObject({ expiresAt: null });
  expect(await store.shared.list('')).toEqual([]);
  await store.close();
  remove();
});

it('version 2 keeps when a job expires, whether it takes turns, and what processes share', async () => {
  const { file, remove } = temporaryFile();
  copyFileSync(`${FIXTURES}queue-2.db`, file);
  const store = openStore(file, new VirtualClock(Date.UTC(2100, 0, 1)));
  expect(await store.get('pending')).toMatchObject({ expiresAt: new Date(Date.UTC(2126, 0, 1)) });
  expect(await store.shared.read('shared')).toMatchObject({ value: { isKept: true }, version: '1' });
  await store.insert(
    ['group', 'another'].map((groupKey) =>
      plainJob(groupKey, { queue: 'other', groupKey, isFair: true, agingMs: 60_000 }),
    ),
  );
  expect(await claimIds(store)).toEqual(['pending', 'another', 'group', 'retrying']);
  await store.close();
  remove();
});

it('version 3 keeps how long a job is kept for its key, version 4 how long at most', async () => {
  const kept = async (name: string) => {
    const { file, remove } = temporaryFile();
    copyFileSync(FIXTURES + name, file);
    const store = openStore(file, new VirtualClock(Date.UTC(2100, 0, 1)));
    const job = await store.get('completed');
    await store.close();
    remove();
    return [job?.keyRetention, job?.removeAfter];
  };
  expect(await kept('queue-2.db')).toEqual([null, null]);
  expect(await kept('queue-3.db')).toEqual([60_000, null]);
  expect(await kept('queue-4.db')).toEqual([60_000, Date.UTC(2126, 0, 1)]);
});
