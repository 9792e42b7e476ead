import type { ClaimedJob, JobToInsert } from '@townkrier/queue';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PostgresJobStore } from '../src/queue/postgres-job-store.ts';
import { OpenStores } from './open-stores.ts';
import { isServerMissing, openTestPool } from './test-server.ts';

const RETRYING = { outcome: 'retried', error: null, retryDelayMs: 0 } as const;

describe.skipIf(isServerMissing)('jobs that take turns', () => {
  let stores: OpenStores;
  let store: PostgresJobStore;
  beforeEach(() => {
    stores = new OpenStores();
    store = stores.store();
  });
  afterEach(() => stores.close());

  const fair = (groupKey: string | null, job: Partial<JobToInsert> = {}): JobToInsert =>
    stores.job({ groupKey, isFair: true, ...job });
  const flood = (groupKey: string | null, n: number, job: Partial<JobToInsert> = {}): JobToInsert[] =>
    Array.from({ length: n }, () => fair(groupKey, job));
  const claim = (limit: number): Promise<readonly ClaimedJob[]> =>
    store.claim({ workerId: 'worker-1', limit });
  const groupsInOrder = async (limit: number): Promise<string> =>
    (await claim(limit)).map(({ job }) => job.groupKey ?? '-').join('');

  it('do so among those of one call and those of earlier ones, each group at its own place', async () => {
    await store.insert(flood('a', 6));
    await store.insert([...flood('b', 3), ...flood(null, 2)]);
    await store.insert(flood('c', 1));
    expect(await groupsInOrder(100)).toBe('ab-cab-abaaa');
  });

  it('do so when some are gone already, and begin anew when all are', async () => {
    await store.insert(flood('a', 4));
    expect(await groupsInOrder(2)).toBe('aa');
    await store.insert(flood('b', 3));
    expect(await groupsInOrder(100)).toBe('ababb');
    await store.insert(flood('a', 2));
    await store.insert(flood('b', 1));
    expect(await groupsInOrder(100)).toBe('aba');
  });

  it('do so within a queue and a priority', async () => {
    await store.insert([
      ...flood('a', 2),
      ...flood('a', 2, { queue: 'other' }),
      ...flood('a', 2, { priority: 9 }),
    ]);
    await store.insert([...flood('b', 1), ...flood('b', 1, { priority: 9 })]);
    const claimed = await store.claim({ workerId: 'worker-1', limit: 100, queues: ['default'] });
    expect(claimed.map(({ job }) => `${job.priority}${job.groupKey}`)).toEqual([
      '9a',
      '9b',
      '9a',
      '5a',
      '5b',
      '5a',
    ]);
  });

  it('do so among those for the same moment', async () => {
    const scheduledFor = Date.now() + 60_000;
    await store.insert(flood('a', 3, { scheduledFor }));
    await store.insert(flood('b', 2, { scheduledFor }));
    await stores.admin.query(
      `UPDATE ${stores.table('jobs')} SET due_at = due_at - 120000, order_at = order_at - 120000`,
    );
    expect(await groupsInOrder(100)).toBe('ababa');
  });

  it('do so in a transaction of the app, with those that it added before', async () => {
    const client = await stores.admin.connect();
    await client.query('BEGIN');
    await store.insert(flood('a', 3), client);
    await store.insert(flood('b', 2), client);
    await client.query('COMMIT');
    client.release();
    expect(await groupsInOrder(100)).toBe('ababa');
  });

  it('do so when several processes add at once, give or take what was added at the same moment', async () => {
    await store.insert(flood('a', 50));
    const others = [stores.store(), stores.store()];
    await Promise.all(others.map((other) => other.insert(flood('b', 5))));
    const order = await groupsInOrder(100);
    expect(order).toHaveLength(60);
    // Ten of b, two at most after each of a.
    expect(order.lastIndexOf('b')).toBeLessThan(20);
    expect(order.startsWith('a')).toBe(true);
  });

  it('wait by when they are due once they were claimed', async () => {
    await store.insert(flood('a', 3));
    const [first] = await claim(1);
    if (first === undefined) throw new Error('nothing was claimed');
    const error = { name: 'E', message: '' };
    await store.settle([
      { ...first.fence, to: 'retrying', delayMs: 0, error, countsAttempt: true, attempt: RETRYING },
    ]);
    const { rows } = await stores.admin.query(`SELECT order_at FROM ${stores.table('jobs')} WHERE id = $1`, [
      first.job.id,
    ]);
    expect(rows).toEqual([{ order_at: null }]);
  });

  it('leave those that take none where they are', async () => {
    await store.insert([stores.job({ id: 'plain-1' }), ...flood('a', 2), stores.job({ id: 'plain-2' })]);
    const { rows } = await stores.admin.query(
      `SELECT order_at, is_fair FROM ${stores.table('jobs')} WHERE id LIKE 'plain%'`,
    );
    expect(rows).toEqual([
      { order_at: null, is_fair: null },
      { order_at: null, is_fair: null },
    ]);
  });

  it('are placed along indexes of their own, also by a server that believes there are none', async () => {
    const plans: string[] = [];
    const pool = openTestPool({ max: 1 });
    pool.on('connect', (client) => {
      client.on('notice', ({ message }) => plans.push(message ?? ''));
      void client.query(
        "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_format = json; SET client_min_messages = log; SET plan_cache_mode = force_generic_plan",
      );
    });
    await store.insert(Array.from({ length: 1_000 }, () => stores.job({ queue: 'plain' })));
    await stores.admin.query(`VACUUM ANALYZE ${stores.table('jobs')}`);
    // Keys so long that the index with them is the tallest: of indexes that know nothing, the planner prefers the lowest.
    const long = 'a'.repeat(500);
    await store.insert(flood(long, 2_000));
    const late = stores.store({ connection: pool });
    await late.insert([fair(long), fair('new'), fair(long, { scheduledFor: Date.now() + 60_000 })]);
    await pool.end();
    const plan = plans.find((each) => each.includes('turn_key')) ?? '';
    expect(plan.match(/(?<="Index Name": ")[^"]*|Seq Scan|"Sort"/g)).toEqual([
      'jobs_turn_of_group',
      'jobs_turn',
    ]);
  });
});
