import { VirtualClock } from '@townkrier/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SqliteJobStore } from '../src/queue/sqlite-job-store.ts';
import { openStore, plainJob } from './open-store.ts';
import { temporaryFile } from './temporary-file.ts';

const A_DAY = 86_400_000;

let place: ReturnType<typeof temporaryFile>;
let clock: VirtualClock;
let store: SqliteJobStore;

beforeEach(() => {
  place = temporaryFile();
  clock = new VirtualClock();
  store = openStore(place.file, clock);
});
afterEach(async () => {
  await store.close();
  place.remove();
});

/** Stores jobs and ends them at once. */
async function endAll(ids: readonly string[], keyRetention: number | null = null): Promise<void> {
  await store.insert(ids.map((id) => plainJob(id, { keyRetention, idempotencyKey: `key of ${id}` })));
  for (const id of ids) await store.cancel(id);
}

function numbered(count: number, prefix: string): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
}

describe('the history of jobs with a keyRetention', () => {
  it('begins when that is over', async () => {
    await endAll(['retained'], 60_000);
    await endAll(['plain']);
    await clock.advance(A_DAY + 1);
    await store.evictFinished();
    expect([await store.get('retained').then(Boolean), await store.get('plain')]).toEqual([true, null]);
    await clock.advance(59_999);
    await store.evictFinished();
    const [kept] = await store.insert([plainJob('again', { idempotencyKey: 'key of retained' })]);
    expect([kept?.job.id, kept?.isNew]).toEqual(['retained', false]);
    await clock.advance(1);
    await store.evictFinished();
    const [fresh] = await store.insert([plainJob('again', { idempotencyKey: 'key of retained' })]);
    expect([fresh?.job.id, fresh?.isNew]).toEqual(['again', true]);
    expect(await store.stats()).toMatchObject({ pending: 1, cancelled: 0 });
  });

  it('does not keep the jobs behind it', async () => {
    await endAll(numbered(700, 'retained'), 10 * A_DAY);
    await endAll(numbered(700, 'plain'));
    await clock.advance(A_DAY + 1);
    for (let looks = 0; looks < 4; looks++) await store.evictFinished();
    expect(await store.stats()).toMatchObject({ cancelled: 700 });
    await clock.advance(10 * A_DAY);
    for (let looks = 0; looks < 3; looks++) await store.evictFinished();
    expect(await store.stats()).toMatchObject({ cancelled: 0 });
  });
});
