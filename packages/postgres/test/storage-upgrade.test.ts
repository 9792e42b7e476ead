import { expect, it } from 'vitest';
import { fixturesOf, loadFixture } from './fixtures/load-fixture.ts';
import { wrongCounts } from './storage-counts.ts';
import { fixtureLogs } from './storage-fixture-logs.ts';
import { openHarnessOn, sharedPool } from './storage-harness.ts';
import { logOf, minute } from './storage-sample.ts';
import { freshSchema, isServerMissing } from './test-server.ts';

const schemas = fixturesOf('storage');

it('there is a schema of every version so far', () => {
  expect(schemas).toEqual(['storage-1.sql']);
});

it.skipIf(isServerMissing).each(schemas)('%s is opened, read, counted and written to', async (name) => {
  const schema = freshSchema();
  await loadFixture(sharedPool(), schema, name);
  const harness = openHarnessOn(schema);
  const { adapter } = harness;
  for (const log of fixtureLogs) expect(await adapter.get(log.id)).toEqual(log);
  const page = { limit: 50, offset: 0, sortBy: 'createdAt', sortOrder: 'desc' } as const;
  expect((await adapter.query({ ...page, status: 'delivered', channel: 'sms' })).logs).toEqual([
    fixtureLogs[0],
  ]);
  expect(await adapter.stats({})).toMatchObject({ total: 11, sent: 3, delivered: 1, failed: 1 });
  expect((await adapter.stats({ startDate: minute(60), endDate: minute(240) })).total).toBe(4);

  await adapter.update('pending', { status: 'sent', sentAt: minute(9), provider: 'smtp' });
  await adapter.save([logOf({ id: 'new' })]);
  expect(await adapter.deleteByRecipient('r1:private')).toBe(1);
  expect(await wrongCounts(harness)).toEqual([]);
  await harness.close();
});
