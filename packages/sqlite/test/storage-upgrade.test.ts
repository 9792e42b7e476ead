import { copyFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { SqliteStorageAdapter } from '../src/storage/index.ts';
import { wrongCounts } from './storage-counts.ts';
import { fixtureLogs } from './storage-fixture-logs.ts';
import { openRaw } from './storage-harness.ts';
import { logOf, minute } from './storage-sample.ts';
import { temporaryFile } from './temporary-file.ts';

const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));
const files = readdirSync(FIXTURES).filter((name) => /^storage-\d+\.db$/.test(name));

it('there is a file of every version so far', () => {
  expect(files).toEqual(['storage-1.db']);
});

it.each(files)('%s is opened, read, counted and written to', async (name) => {
  const { file, remove } = temporaryFile();
  copyFileSync(FIXTURES + name, file);
  const adapter = new SqliteStorageAdapter({ file });
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
  const raw = openRaw(file);
  expect(wrongCounts(raw)).toEqual([]);
  raw.close();
  await adapter.close();
  remove();
});
