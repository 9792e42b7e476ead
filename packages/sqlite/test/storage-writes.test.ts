import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SqliteDatabase } from '../src/sqlite-database.ts';
import { SqliteStorageAdapter } from '../src/storage/index.ts';
import { wrongCounts } from './storage-counts.ts';
import { createStorageHarness } from './storage-harness.ts';
import { logOf, minute } from './storage-sample.ts';

let harness: Awaited<ReturnType<typeof createStorageHarness>>;

beforeEach(async () => {
  harness = await createStorageHarness();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await harness.close();
});

async function outcomes(calls: readonly Promise<unknown>[]): Promise<unknown[]> {
  const results = await Promise.allSettled(calls);
  return results.map((result) => (result.status === 'rejected' ? result.reason.code : 'done'));
}

describe('writes of one turn', () => {
  it('share a commit', async () => {
    const commits = vi.spyOn(SqliteDatabase.prototype, 'write');
    const { adapter } = harness;
    const rows = Array.from({ length: 50 }, (_, index) => logOf({ id: `row-${index}` }));
    await Promise.all(rows.map((row) => adapter.save([row])));
    await Promise.all(rows.map(({ id }) => adapter.update(id, { status: 'sent' })));
    expect(commits).toHaveBeenCalledTimes(2);
    expect(await harness.countRows()).toBe(50);
  });

  it('are done in the order they were asked for, also on one row', async () => {
    const { adapter } = harness;
    const [, first, second] = await Promise.all([
      adapter.save([logOf({ id: 'a' })]),
      adapter.update('a', { subject: 'first', attempts: 1 }),
      adapter.update('a', { subject: 'second' }),
    ]);
    expect([first.subject, second.subject, second.attempts]).toEqual(['first', 'second', 1]);
    expect(await adapter.get('a')).toEqual(second);
  });

  it('fail alone', async () => {
    const { adapter } = harness;
    await adapter.save([
      logOf({ id: 'taken', idempotencyKey: 'taken' }),
      logOf({ id: 'other', idempotencyKey: 'other' }),
    ]);
    const calls = [
      adapter.save([logOf({ id: 'a' })]),
      adapter.save([logOf({ id: 'taken' })]),
      adapter.save([logOf({ id: 'b' }), logOf({ id: 'c', idempotencyKey: 'taken' })]),
      adapter.save([logOf({ id: 'd' }), logOf({ id: 'd' })]),
      adapter.update('nobody', { status: 'sent' }),
      adapter.update('other', { idempotencyKey: 'taken', status: 'sent' }),
      adapter.update('other', { subject: 'changed' }),
      adapter.save([logOf({ id: 'e', attempts: 0.5 })]),
      adapter.save([logOf({ id: 'f' }), logOf({ id: 'g' })]),
    ];
    expect(await outcomes(calls)).toEqual([
      'done',
      'STORAGE_DUPLICATE',
      'STORAGE_DUPLICATE',
      'STORAGE_DUPLICATE',
      'STORAGE_LOG_NOT_FOUND',
      'STORAGE_DUPLICATE',
      'done',
      'STORAGE_LOG_INVALID',
      'done',
    ]);
    const { logs } = await adapter.query({ limit: 50, offset: 0, sortBy: 'createdAt', sortOrder: 'asc' });
    expect(logs.map(({ id }) => id)).toEqual(['a', 'f', 'g', 'other', 'taken']);
    expect(logs.find(({ id }) => id === 'other')).toMatchObject({ subject: 'changed', status: 'pending' });
    expect(wrongCounts(harness.raw)).toEqual([]);
  });

  it('take what they write when they are asked for', async () => {
    const { adapter } = harness;
    const metadata = { step: 'before' };
    const saving = adapter.save([logOf({ id: 'a', metadata })]);
    metadata.step = 'after';
    await saving;
    expect((await adapter.get('a'))?.metadata).toEqual({ step: 'before' });
  });

  it('let the event loop go on between large ones', async () => {
    const { adapter } = harness;
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await adapter.save(
      Array.from({ length: 2000 }, (_, index) => logOf({ id: `row-${index}`, recipientHash: 'r1:ada' })),
    );
    turns = 0;
    expect(await adapter.deleteByRecipient('r1:ada')).toBe(2000);
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(8);
  });
});

describe('counters', () => {
  it('follow every write, and leave nothing behind for what is gone', async () => {
    const { adapter, raw } = harness;
    const rows = Array.from({ length: 300 }, (_, index) =>
      logOf({
        id: `row-${index}`,
        createdAt: minute(index * 7 - 900),
        channel: index % 3 ? 'email' : 'sms',
        notificationType: index % 2 ? 'welcome' : `type-${index % 5}`,
        recipientHash: `r1:${index % 11}`,
        ...(index % 4 === 0 && { provider: 'smtp' }),
      }),
    );
    await adapter.save(rows);
    expect(wrongCounts(raw)).toEqual([]);
    await Promise.all(
      rows
        .slice(0, 200)
        .map(({ id }) => adapter.update(id, { status: 'sent', sentAt: minute(1), provider: 'ses' })),
    );
    await Promise.all(
      rows.slice(50, 90).map(({ id }) => adapter.update(id, { status: 'delivered', channel: 'push' })),
    );
    expect(wrongCounts(raw)).toEqual([]);
    await adapter.deleteByRecipient('r1:3');
    await adapter.deleteOlderThan(minute(100), 40);
    expect(wrongCounts(raw)).toEqual([]);
    await adapter.deleteOlderThan(minute(1e6), 1000);
    expect(raw.prepare('SELECT count(*) AS n FROM townkrier_log_counts').get()?.['n']).toBe(0);
  });
});

describe('another connection', () => {
  it('that writes is waited for', async () => {
    const { adapter, raw } = harness;
    raw.exec('BEGIN IMMEDIATE');
    const saving = adapter.save([logOf({ id: 'a' })]);
    expect(await adapter.get('a')).toBeNull();
    raw.exec('COMMIT');
    await saving;
    expect(await harness.countRows()).toBe(1);
  });

  it('that does not stop writing makes the log unavailable, and its error is the cause', async () => {
    const impatient = new SqliteStorageAdapter({ file: harness.file, busyTimeout: 20 });
    harness.raw.exec('BEGIN IMMEDIATE');
    const calls = [
      impatient.save([logOf({ id: 'a' })]),
      impatient.update('a', { status: 'sent' }),
      impatient.deleteByRecipient('r1:ada'),
    ];
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({
        reason: { code: 'STORAGE_UNAVAILABLE', cause: { code: 'SQLITE_BUSY' } },
      });
    }
    harness.raw.exec('COMMIT');
    await impatient.save([logOf({ id: 'a' })]);
    await impatient.close();
    expect(await harness.countRows()).toBe(1);
  });

  it('may be a second adapter that writes at the same time', async () => {
    const other = new SqliteStorageAdapter({ file: harness.file, durability: 'normal' });
    const live = async (adapter: SqliteStorageAdapter, name: string): Promise<void> => {
      for (let index = 0; index < 40; index += 1) {
        const id = `${name}-${index}`;
        await adapter.save([logOf({ id, idempotencyKey: `key-${index}-${name}` })]);
        await adapter.update(id, { status: 'sent', sentAt: minute(index), provider: name });
      }
    };
    const adapter = harness.adapter as SqliteStorageAdapter;
    await Promise.all([
      live(adapter, 'one'),
      live(other, 'two'),
      live(adapter, 'three'),
      live(other, 'four'),
    ]);
    expect((await adapter.stats({})).byStatus).toEqual({ sent: 160 });
    expect(
      (await other.query({ limit: 1, offset: 0, sortBy: 'createdAt', sortOrder: 'asc', provider: 'one' }))
        .total,
    ).toBe(40);
    expect(wrongCounts(harness.raw)).toEqual([]);
    await other.close();
  });

  it('and this one, saving the same delivery, end up with one row', async () => {
    const other = new SqliteStorageAdapter({ file: harness.file, durability: 'normal' });
    const calls = [harness.adapter, other].map((adapter, index) =>
      adapter.save([logOf({ id: `row-${index}`, idempotencyKey: 'delivery' })]),
    );
    expect((await outcomes(calls)).sort()).toEqual(['STORAGE_DUPLICATE', 'done']);
    expect(await harness.countRows()).toBe(1);
    await other.close();
  });
});

describe('closing', () => {
  it('waits for the writes that were asked for', async () => {
    const { adapter, raw } = harness;
    const rows = Array.from({ length: 600 }, (_, index) =>
      logOf({ id: `row-${index}`, recipientHash: 'r1:ada' }),
    );
    await adapter.save(rows);
    const calls = [adapter.deleteByRecipient('r1:ada'), adapter.save([logOf({ id: 'last' })])];
    await adapter.close?.();
    expect(await outcomes(calls)).toEqual(['done', 'done']);
    expect(
      raw
        .prepare('SELECT id FROM townkrier_logs')
        .all()
        .map(({ id }) => id),
    ).toEqual(['last']);
  });

  it('is what `await using` does', async () => {
    let leaked: SqliteStorageAdapter;
    {
      await using adapter = new SqliteStorageAdapter({ file: harness.file });
      leaked = adapter;
    }
    await expect(leaked.get('a')).rejects.toMatchObject({ code: 'STORAGE_CLOSED' });
  });
});

describe('U+0000', () => {
  it('becomes U+FFFD in a text, and such a row is found by what it was given', async () => {
    const { adapter } = harness;
    await adapter.save([
      logOf({ id: 'a\0', content: 'a\0b', idempotencyKey: 'key\0', metadata: { text: 'c\0d' } }),
    ]);
    const log = await adapter.getByIdempotencyKey('key\0');
    expect(log).toMatchObject({ id: 'a\uFFFD', content: 'a\uFFFDb', metadata: { text: 'c\0d' } });
    expect(await adapter.update('a\0', { error: 'e\0' })).toMatchObject({ error: 'e\uFFFD' });
    expect(await adapter.get('a\0')).toMatchObject({ error: 'e\uFFFD' });
  });
});
