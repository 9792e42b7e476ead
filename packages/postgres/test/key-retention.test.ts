import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OpenStores } from './open-stores.ts';
import { isServerMissing } from './test-server.ts';
import { VirtualServerTime } from './virtual-server-time.ts';

const HISTORY = 1_000;

describe.skipIf(isServerMissing)('the history of jobs with a keyRetention', () => {
  let stores: OpenStores;

  beforeEach(() => {
    stores = new OpenStores();
  });
  afterEach(() => stores.close());

  it('begins when that is over', async () => {
    const store = stores.store({ finishedMaxAge: HISTORY });
    await store.stats();
    const time = await VirtualServerTime.rule(stores.admin, stores.schema);
    const pass = (ms: number) => time.advance(ms, async () => undefined);
    await store.insert([
      stores.job({ id: 'retained', keyRetention: 60_000, idempotencyKey: 'webhook' }),
      stores.job({ id: 'plain' }),
    ]);
    for (const id of ['retained', 'plain']) await store.cancel(id);
    await pass(HISTORY + 1);
    await store.evictFinished();
    expect(await store.get('plain')).toBeNull();
    await pass(59_999);
    await store.evictFinished();
    const [kept] = await store.insert([stores.job({ idempotencyKey: 'webhook' })]);
    expect([kept?.job.id, kept?.isNew]).toEqual(['retained', false]);
    expect(kept?.job.keyRetention).toBe(60_000);
    await pass(1);
    await store.evictFinished();
    const [fresh] = await store.insert([stores.job({ id: 'again', idempotencyKey: 'webhook' })]);
    expect([fresh?.job.id, fresh?.isNew]).toEqual(['again', true]);
  });

  it('is found by its index, however many are kept', async () => {
    const store = stores.store();
    await store.insert([stores.job({ keyRetention: 60_000 })]);
    const client = await stores.admin.connect();
    await client.query('SET enable_seqscan = off');
    const { rows } = await client.query<{ readonly 'QUERY PLAN': string }>(
      `EXPLAIN SELECT id FROM ${stores.table('jobs')}
       WHERE status IN ('completed', 'failed', 'cancelled')
         AND coalesce(completed_at, failed_at, cancelled_at) + coalesce(key_retention_ms, 0) < 5
       ORDER BY coalesce(completed_at, failed_at, cancelled_at) + coalesce(key_retention_ms, 0) LIMIT 5`,
    );
    client.release(true);
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/jobs_finished/);
  });
});
