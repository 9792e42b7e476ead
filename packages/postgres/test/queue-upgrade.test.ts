import { expect, it } from 'vitest';
import { fixturesOf, loadFixture } from './fixtures/load-fixture.ts';
import { openHarnessOn } from './queue-harness.ts';
import { freshSchema, isServerMissing, openTestPool } from './test-server.ts';

const schemas = fixturesOf('queue');

it('there is a schema of every version so far', () => {
  expect(schemas).toEqual(['queue-1.sql']);
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
