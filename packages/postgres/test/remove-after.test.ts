import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OpenStores } from './open-stores.ts';
import { isServerMissing } from './test-server.ts';
import { VirtualServerTime } from './virtual-server-time.ts';

const MINUTE = 60_000;

describe.skipIf(isServerMissing)('jobs with a removeAfter', () => {
  let stores: OpenStores;

  beforeEach(() => {
    stores = new OpenStores();
  });
  afterEach(() => stores.close());

  it('go to the millisecond when it is over, or when their keyRetention is', async () => {
    const store = stores.store();
    await store.stats();
    const time = await VirtualServerTime.rule(stores.admin, stores.schema);
    await store.insert([
      stores.job({ id: 'brief', removeAfter: MINUTE }),
      stores.job({ id: 'held', removeAfter: MINUTE, keyRetention: 2 * MINUTE }),
      stores.job({ id: 'plain' }),
    ]);
    for (const id of ['brief', 'held', 'plain']) await store.cancel(id);
    const kept = async (ms: number) => {
      await time.advance(ms, async () => undefined);
      await store.evictFinished();
      return (await store.find({ limit: 10, offset: 0, order: 'asc' })).jobs.map(({ id }) => id);
    };
    expect(await kept(MINUTE - 1)).toEqual(['brief', 'held', 'plain']);
    expect(await kept(1)).toEqual(['held', 'plain']);
    expect(await kept(MINUTE - 1)).toEqual(['held', 'plain']);
    expect(await kept(1)).toEqual(['plain']);
    expect(await store.stats()).toMatchObject({ cancelled: 1 });
  });

  it('are found by an index that no other job is in', async () => {
    const store = stores.store();
    await store.insert([stores.job({ removeAfter: MINUTE })]);
    const leavesAt = 'coalesce(completed_at, cancelled_at) + greatest(remove_after_ms, key_retention_ms)';
    const results: unknown = await stores.admin.query(
      `SET enable_seqscan = off; EXPLAIN SELECT id FROM ${stores.table('jobs')}
       WHERE remove_after_ms IS NOT NULL AND status IN ('completed', 'cancelled') AND ${leavesAt} <= 5
       ORDER BY ${leavesAt} LIMIT 5`,
    );
    expect(JSON.stringify(results)).toMatch(/Index Scan using jobs_leaving/);
  });
});
