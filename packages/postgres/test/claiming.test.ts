import type { ClaimedJob, JobStore } from '@townkrier/queue';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PostgresDatabase } from '../src/postgres-database.ts';
import { Patience } from '../src/queue/patience.ts';
import { OpenStores } from './open-stores.ts';
import { isServerMissing, openTestPool } from './test-server.ts';

const COMPLETED = { outcome: 'completed', error: null, retryDelayMs: null } as const;

const DELIVERY = {
  channel: 'email',
  status: 'pending',
  isRetryable: true,
  attempts: 0,
  provider: null,
  messageId: null,
  reason: null,
  updatedAt: new Date(0),
} as const;

/** Claims until nothing is left, so many at a time. */
async function claimAll(store: JobStore, workerId: string, limit: number): Promise<ClaimedJob[]> {
  const all: ClaimedJob[] = [];
  for (;;) {
    const claimed = await store.claim({ workerId, limit });
    all.push(...claimed);
    if (claimed.length === 0 && (await store.msUntilNextDue()) !== 0) return all;
  }
}

describe.skipIf(isServerMissing)('claims', () => {
  let stores: OpenStores;
  beforeEach(() => {
    stores = new OpenStores();
  });
  afterEach(() => stores.close());

  it('of several processes share no job and leave none, over several queues', async () => {
    const queues = ['a', 'b', 'c'];
    const processes = [0, 1, 2, 3].map(() => stores.store());
    const jobs = Array.from({ length: 600 }, (_, i) =>
      stores.job({ queue: queues[i % 3] ?? 'a', priority: i % 4 }),
    );
    await processes[0]?.insert(jobs);
    const claimed = await Promise.all(processes.map((store, i) => claimAll(store, `worker-${i}`, 7)));
    const ids = claimed.flat().map(({ job }) => job.id);
    expect(ids).toHaveLength(600);
    expect(new Set(ids).size).toBe(600);
    expect(await processes[0]?.stats()).toMatchObject({ pending: 0, processing: 600 });
  });

  it('take the first of all queues, whichever they are in', async () => {
    const store = stores.store();
    for (const [queue, priority] of [
      ['a', 1],
      ['b', 9],
      ['c', 5],
      ['a', 7],
      ['b', 3],
    ] as const) {
      await store.insert([stores.job({ queue, priority })]);
    }
    const [first, second] = [
      await store.claim({ workerId: 'worker-1', limit: 3 }),
      await store.claim({ workerId: 'worker-1', limit: 3, queues: ['c', 'b', 'a', 'b', 'never used'] }),
    ];
    expect(first.map(({ job }) => [job.queue, job.priority])).toEqual([
      ['b', 9],
      ['a', 7],
      ['c', 5],
    ]);
    expect(second.map(({ job }) => [job.queue, job.priority])).toEqual([
      ['b', 3],
      ['a', 1],
    ]);
  });

  it('in one step with the end of others take the next, and refuse what is stale', async () => {
    const store = stores.store();
    await store.insert([1, 2, 3].map(() => stores.job()));
    const [first] = await store.claim({ workerId: 'worker-1', limit: 1 });
    if (first === undefined) throw new Error('nothing was claimed');
    const ending = { ...first.fence, to: 'completed', result: 'done', attempt: COMPLETED } as const;
    const next = await store.settleAndClaim([ending, { ...ending, claim: 7 }], {
      workerId: 'worker-1',
      limit: 1,
    });
    expect(next.results).toEqual(['stored', 'stale']);
    expect(next.claimed.map(({ job }) => job.id)).toEqual(['job-2']);
    const stale = await store.settleAndClaim([ending], {
      workerId: 'worker-1',
      limit: 5,
      queues: ['default'],
    });
    expect(stale.results).toEqual(['stale']);
    expect(stale.claimed.map(({ job }) => job.id)).toEqual(['job-3']);
    const empty = await store.settleAndClaim([], { workerId: 'worker-1', limit: 5 });
    expect(empty).toEqual({ results: [], claimed: [] });
    expect(await stores.countBoth()).toEqual({
      counted: [
        { queue: 'default', status: 'completed', n: 1 },
        { queue: 'default', status: 'processing', n: 2 },
      ],
      real: [
        { queue: 'default', status: 'completed', n: 1 },
        { queue: 'default', status: 'processing', n: 2 },
      ],
    });
  });

  it('of jobs that came due by the thousand take the highest priority of the first thousand, and then all', async () => {
    const store = stores.store();
    const at = Date.now() - 1;
    await store.insert(Array.from({ length: 2_500 }, (_, i) => stores.job({ priority: i % 10 })));
    await stores.admin.query(`UPDATE ${stores.table('jobs')} SET status = 'scheduled', due_at = $1`, [at]);
    await stores.admin.query(`UPDATE ${stores.table('job_counts')} SET status = 'scheduled'`);
    const [first] = await store.claim({ workerId: 'worker-1', limit: 1 });
    expect(first?.job.priority).toBe(9);
    const rest = await claimAll(store, 'worker-1', 500);
    expect(rest).toHaveLength(2_499);
    const { counted, real } = await stores.countBoth();
    expect(counted).toEqual(real);
  });

  it('pass over jobs that someone has locked, and ask again with more and more patience', async () => {
    const store = stores.store();
    await store.insert([stores.job(), stores.job()]);
    const client = await stores.admin.connect();
    await client.query('BEGIN');
    await client.query(`SELECT FROM ${stores.table('jobs')} WHERE id = 'job-1' FOR UPDATE`);
    expect((await claimAll(store, 'worker-1', 1)).map(({ job }) => job.id)).toEqual(['job-2']);
    expect(await store.msUntilNextDue()).toBeGreaterThan(0);
    await client.query('COMMIT');
    client.release();
    const [late] = await store.claim({ workerId: 'worker-1', limit: 1 });
    expect(late?.job.id).toBe('job-1');
  });

  it('have their deliveries noted by one statement, each under its own fence', async () => {
    const store = stores.store();
    await store.insert(Array.from({ length: 20 }, () => stores.job()));
    const [late, ...claimed] = await store.claim({ workerId: 'worker-1', limit: 20 });
    await store.cancel(late?.job.id ?? '');
    const updates = [late, ...claimed]
      .flatMap((job) => job ?? [])
      .map(({ job, fence }) => ({
        fence,
        patch: { deliveries: [{ ...DELIVERY, idempotencyKey: `key-of-${job.id}` }] },
      }));
    const statements = vi.spyOn(PostgresDatabase.prototype, 'query');
    const transactions = vi.spyOn(PostgresDatabase.prototype, 'transaction');
    const held = await store.updateMany(updates);
    expect([statements.mock.calls.length, transactions.mock.calls.length]).toEqual([1, 0]);
    vi.restoreAllMocks();
    expect(held).toEqual([false, ...claimed.map(() => true)]);
    expect((await store.get(late?.job.id ?? ''))?.deliveries).toEqual([]);
    for (const { job } of claimed) {
      expect((await store.get(job.id))?.deliveries).toMatchObject([{ idempotencyKey: `key-of-${job.id}` }]);
    }
  });

  it('and settlements find their rows by an index, also with a plan that was made when the tables were empty', async () => {
    const plans: string[] = [];
    const pool = openTestPool({ max: 1 });
    pool.on('connect', (client) => {
      client.on('notice', ({ message }) => plans.push(message ?? ''));
      void client.query(
        "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_format = json; SET client_min_messages = log; SET plan_cache_mode = force_generic_plan",
      );
    });
    const store = stores.store({ connection: pool });
    const work = async (limit: number) => {
      const claimed = await store.claim({ workerId: 'worker-1', limit });
      const endings = claimed.map(
        ({ fence }) => ({ ...fence, to: 'completed', result: null, attempt: COMPLETED }) as const,
      );
      const { claimed: next } = await store.settleAndClaim(endings, { workerId: 'worker-1', limit });
      await store.settle(
        next.map(({ fence }) => ({ ...fence, to: 'completed', result: null, attempt: COMPLETED })),
      );
      await store.updateMany(
        next.map(({ fence }) => ({ fence, patch: { progress: { percent: 1, step: null } } })),
      );
      const again = {
        to: 'retrying',
        delayMs: 0,
        error: { name: 'E', message: '' },
        countsAttempt: false,
      } as const;
      const waiting = await store.claim({ workerId: 'worker-1', limit });
      await store.settle(waiting.map(({ fence }) => ({ ...fence, ...again, attempt: COMPLETED })));
      await store.msUntilNextDue();
      await store.msUntilNextDue({ exceptQueues: ['other'] });
      await store.stats();
      await store.get('job-1');
      await store.countAhead(`job-${limit}00`);
      await store.insert([
        stores.job({ isFair: true, groupKey: 'a' }),
        stores.job({ isFair: true, agingMs: 1 }),
      ]);
      for (const { job } of waiting.slice(0, 1)) {
        await store.cancel(job.id);
        await store.retry(job.id);
        await store.remove(job.id);
      }
      await store.evictFinished();
      await store.reapExpired(3);
    };
    await store.insert([stores.job(), stores.job(), stores.job(), stores.job()]);
    // What the server believes of the table is what it believed when it was empty, whenever its own look at it would have come.
    await stores.admin.query(`ALTER TABLE ${stores.table('jobs')} SET (autovacuum_enabled = off)`);
    await work(1);
    for (let i = 0; i < 5; i++) {
      await store.insert(
        Array.from({ length: 1_000 }, (_, n) => stores.job({ isFair: n % 2 === 0, groupKey: 'a' })),
      );
    }
    plans.length = 0;
    await work(100);
    expect(plans.length).toBeGreaterThan(8);
    const scans = plans.join().match(/"Node Type": "Seq Scan",[^}]*"Relation Name": "jobs"/g);
    expect(scans).toBeNull();
    for (const index of ['jobs_ready', 'jobs_turn', 'jobs_turn_of_group']) {
      expect(plans.join()).toContain(`"Index Name": "${index}"`);
    }
    // In the order of the index, and the range before a job: never all that are pending.
    expect(plans.join()).not.toMatch(/"Sort Key": \["\(\(COALESCE/);
    expect(plans.join()).toMatch(/"Index Cond": "[^"]*ROW\(/);
    expect(plans.join()).toMatch(/"Index Cond": "[^"]*COALESCE\(group_key/);
    await pool.end();
  });
});

describe.skipIf(isServerMissing)('the counters', () => {
  it('equal a real count after whatever several processes did at the same time', async () => {
    const stores = new OpenStores();
    const processes = [0, 1, 2].map(() => stores.store());
    const step = fc.record({
      process: fc.nat(2),
      pick: fc.nat(200),
      do: fc.nat(9),
      queue: fc.constantFrom('a', 'b'),
    });
    const held: ClaimedJob[] = [];
    const run = async ({
      process,
      pick,
      do: what,
      queue,
    }: {
      process: number;
      pick: number;
      do: number;
      queue: string;
    }) => {
      const store = processes[process];
      if (store === undefined) return;
      const workerId = `worker-${process}`;
      const id = `job-${pick}`;
      if (what < 2)
        await store.insert([stores.job({ queue }), stores.job({ queue, scheduledFor: Date.now() + pick })]);
      else if (what < 4) held.push(...(await store.claim({ workerId, limit: 3 })));
      else if (what < 7) {
        const ends = held.splice(0, 3).map(({ fence }, i) => {
          const outcome = { ...fence, attempt: COMPLETED };
          if (what === 4 || i === 0) return { ...outcome, to: 'completed', result: null } as const;
          return {
            ...outcome,
            to: 'retrying',
            delayMs: pick,
            error: { name: 'E', message: '' },
            countsAttempt: true,
          } as const;
        });
        await (what === 6 ? store.settleAndClaim(ends, { workerId, limit: 2 }) : store.settle(ends));
      } else if (what === 7) await store.cancel(id).catch(() => undefined);
      else if (what === 8) await store.retry(id).catch(() => undefined);
      else await store.remove(id).catch(() => undefined);
    };
    const [steps] = fc.sample(fc.array(step, { minLength: 600, maxLength: 600, size: 'max' }), {
      numRuns: 1,
      seed: 7,
    });
    const lanes = [0, 1, 2, 3, 4, 5].map(async (lane) => {
      for (const [i, each] of (steps ?? []).entries()) if (i % 6 === lane) await run(each);
    });
    await Promise.all(lanes);
    const { counted, real } = await stores.countBoth();
    expect(counted).toEqual(real);
    expect(JSON.stringify(real)).toMatch(/completed.*retrying/);
    await stores.close();
  }, 30_000);
});

describe('patience', () => {
  it('grows from nothing to a second, and begins anew with the next success', () => {
    const patience = new Patience();
    const waits = Array.from({ length: 15 }, () => patience.next());
    expect(waits.slice(0, 5)).toEqual([0, 0, 0, 2, 4]);
    expect(waits.at(-1)).toBe(1_000);
    patience.reset();
    expect(patience.next()).toBe(0);
  });
});
