import { DatabaseSync } from 'node:sqlite';
import { VirtualClock } from '@townkrier/core/testing';
import type { JobToInsert } from '@townkrier/queue';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IS_LEAVING, LEAVES_AT } from '../src/queue/queue-schema.ts';
import type { SqliteJobStore } from '../src/queue/sqlite-job-store.ts';
import { openStore, plainJob } from './open-store.ts';
import { temporaryFile } from './temporary-file.ts';

const MINUTE = 60_000;

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

/** Stores jobs and cancels them at once. */
async function endAll(ids: readonly string[], more: Partial<JobToInsert>): Promise<void> {
  await store.insert(ids.map((id) => plainJob(id, more)));
  for (const id of ids) await store.cancel(id);
}

describe('jobs with a removeAfter', () => {
  it('go to the millisecond when it is over, or when their keyRetention is', async () => {
    await endAll(['brief', 'other'], { removeAfter: MINUTE });
    await endAll(['held'], { removeAfter: MINUTE, keyRetention: 2 * MINUTE });
    await endAll(['plain'], {});
    const kept = async (ms: number) => {
      await clock.advance(ms);
      await store.evictFinished();
      return (await store.find({ limit: 10, offset: 0, order: 'asc' })).jobs.map(({ id }) => id);
    };
    expect(await kept(MINUTE - 1)).toEqual(['brief', 'other', 'held', 'plain']);
    expect(await kept(1)).toEqual(['held', 'plain']);
    expect(await kept(MINUTE - 1)).toEqual(['held', 'plain']);
    expect(await kept(1)).toEqual(['plain']);
    expect(await store.stats()).toMatchObject({ cancelled: 1 });
  });

  it('go a thousand at a clean-up and more, whatever queue they are of', async () => {
    const ids = Array.from({ length: 900 }, (_, i) => `job-${i}`);
    await endAll(ids, { removeAfter: 0 });
    await endAll(
      ids.slice(0, 300).map((id) => `${id}-of-other`),
      { removeAfter: 0, queue: 'other' },
    );
    await store.evictFinished();
    expect((await store.find({ limit: 10, offset: 0, order: 'asc' })).total).toBe(0);
    expect([await store.stats('default'), await store.stats('other')]).toMatchObject([
      { cancelled: 0 },
      { cancelled: 0 },
    ]);
  });

  it('are found by an index that no other job is in', () => {
    const database = new DatabaseSync(place.file);
    const rows = database
      .prepare(
        `EXPLAIN QUERY PLAN SELECT seq FROM townkrier_jobs WHERE ${IS_LEAVING} AND ${LEAVES_AT} <= 5 ORDER BY ${LEAVES_AT} LIMIT 5`,
      )
      .all();
    database.close();
    expect(rows.map((row) => row['detail'])).toEqual([
      'SEARCH townkrier_jobs USING INDEX townkrier_jobs_leaving (<expr><?)',
    ]);
  });
});
