import { VirtualClock } from '@townkrier/core/testing';
import type pg from 'pg';
import { expect, it } from 'vitest';
import { quoteName } from '../src/postgres-database.ts';
import { fixturesOf, loadFixture } from './fixtures/load-fixture.ts';
import { openHarnessOn } from './queue-harness.ts';
import { freshSchema, isServerMissing, openTestPool } from './test-server.ts';

const schemas = fixturesOf('queue');

it('there is a schema of every version so far', () => {
  expect(schemas).toEqual(['queue-1.sql', 'queue-2.sql', 'queue-3.sql', 'queue-4.sql']);
});

it.skipIf(isServerMissing).each(schemas)('%s is opened, and its jobs are worked off', async (name) => {
  const schema = freshSchema();
  const pool = openTestPool();
  await loadFixture(pool, schema, name);
  await pool.end();
  const harness = await openHarnessOn(schema);
  const { adapter } = harness;
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
    payload: { text: 'Grüße', list: [1, null, true], nul: '\0', quoted: '\\"\'' },
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
  await harness.advance(120_000);
  await adapter.retryJob('failed');
  await adapter.add([{ type: 'mail', payload: 'new' }]);
  await harness.advance(10);
  await worker.stop();
  expect(await adapter.getStats()).toEqual({
    pending: 0,
    scheduled: 1,
    processing: 0,
    retrying: 0,
    completed: 6,
    failed: 0,
    cancelled: 1,
  });
  expect(await adapter.getJob('processing')).toMatchObject({ status: 'completed', crashes: 1, attempts: 1 });
  await harness.close();
});

it.skipIf(isServerMissing).each(schemas)('%s is opened, and its jobs run in order', async (name) => {
  const schema = freshSchema();
  const pool = openTestPool();
  await loadFixture(pool, schema, name);
  const now = new VirtualClock().now();
  await addPending(pool, schema, [
    { id: 'second', priority: 5, dueAt: now - 2 },
    { id: 'first', priority: 6, dueAt: now },
    { id: 'third', priority: 5, dueAt: now - 1 },
    { id: 'last', priority: -1000, dueAt: 0 },
  ]);
  await pool.end();
  const harness = await openHarnessOn(schema);
  const { adapter } = harness;
  await adapter.add([
    { id: 'new', queue: 'full', type: 'mail', payload: null, priority: 5 },
    { id: 'aged', queue: 'full', type: 'mail', payload: null, priority: 1, agingMs: 1 },
  ]);
  const ran: string[] = [];
  adapter.work(({ job }) => void ran.push(job.id), { concurrency: 1, queues: ['full'] });
  await harness.advance(10);
  expect(ran).toEqual(['first', 'second', 'third', 'new', 'aged', 'last']);
  await harness.close();
});

/** Adds jobs as any version keeps them. */
async function addPending(
  pool: pg.Pool,
  schema: string,
  jobs: readonly { readonly id: string; readonly priority: number; readonly dueAt: number }[],
): Promise<void> {
  for (const { id, priority, dueAt } of jobs) {
    await pool.query(
      `INSERT INTO ${quoteName(schema)}.jobs
        (id, priority, due_at, queue, type, name, status, created_at, updated_at, max_retries, timeout_ms, backoff, payload)
      VALUES ($1, $2, $3, 'full', 'mail', 'mail', 'pending', $3, $3, 0, 1000, $4, 'null')`,
      [id, priority, dueAt, { type: 'fixed', delay: 1000, factor: 1, maxDelay: 1000, jitter: 'none' }],
    );
  }
  await pool.query(
    `INSERT INTO ${quoteName(schema)}.job_counts (queue, status, slot, n) VALUES ('full', 'pending', 0, $1)`,
    [jobs.length],
  );
}
