import { createServer } from 'node:net';
import { VirtualClock } from '@townkrier/core/testing';
import { StorageError, StorageErrorCode } from '@townkrier/storage';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PostgresDatabase } from '../src/postgres-database.ts';
import { PostgresStorageAdapter } from '../src/storage/index.ts';
import { wrongCounts } from './storage-counts.ts';
import { createStorageHarness, type PostgresStorageHarness } from './storage-harness.ts';
import { logOf, minute } from './storage-sample.ts';
import { dropSchema, freshSchema, isServerMissing, openTestPool, serverUrl } from './test-server.ts';

const MS_PER_DAY = 86_400_000;

async function outcomes(calls: readonly Promise<unknown>[]): Promise<unknown[]> {
  const results = await Promise.allSettled(calls);
  return results.map((result) => (result.status === 'rejected' ? result.reason.code : 'done'));
}

function unlessDeleted(error: unknown): void {
  if (!StorageError.is(error, StorageErrorCode.STORAGE_LOG_NOT_FOUND)) throw error;
}

describe.skipIf(isServerMissing)('on a real server', () => {
  let harness: PostgresStorageHarness;
  beforeEach(async () => {
    harness = await createStorageHarness();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await harness.close();
  });

  describe('reads of one turn', () => {
    it('share a statement for the ids and one for the keys', async () => {
      const { adapter } = harness;
      const rows = Array.from({ length: 50 }, (_, index) =>
        logOf({ id: `row-${index}`, idempotencyKey: `key-${index}` }),
      );
      await adapter.save(rows);
      const statements = vi.spyOn(PostgresDatabase.prototype, 'query');
      const [byId, byKey, again, none, noKey] = await Promise.all([
        Promise.all(rows.map(({ id }) => adapter.get(id))),
        Promise.all(rows.map(({ idempotencyKey = '' }) => adapter.getByIdempotencyKey(idempotencyKey))),
        adapter.get('row-0'),
        adapter.get('key-0'),
        adapter.getByIdempotencyKey('row-0'),
      ]);
      expect(statements).toHaveBeenCalledTimes(2);
      expect([byId, byKey, none, noKey]).toEqual([rows, rows, null, null]);
      expect(again).toEqual(byId[0]);
      expect(again).not.toBe(byId[0]);
    });
  });

  describe('writes of one turn', () => {
    it('share a statement', async () => {
      const { adapter } = harness;
      await adapter.get('so that the tables are known');
      const statements = vi.spyOn(PostgresDatabase.prototype, 'query');
      const rows = Array.from({ length: 50 }, (_, index) => logOf({ id: `row-${index}` }));
      await Promise.all(rows.map((row) => adapter.save([row])));
      await Promise.all([
        ...rows.map(({ id }) => adapter.update(id, { status: 'sent' })),
        ...rows.map(({ id }) => adapter.save([logOf({ id: `other-${id}` })])),
      ]);
      expect(statements).toHaveBeenCalledTimes(2);
      expect(await harness.countRows()).toBe(100);
      expect(await wrongCounts(harness)).toEqual([]);
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
      expect(await wrongCounts(harness)).toEqual([]);
    });

    it('let a key go to another row', async () => {
      const { adapter } = harness;
      await adapter.save([logOf({ id: 'a', idempotencyKey: 'key' })]);
      const calls = [
        adapter.save([logOf({ id: 'b', idempotencyKey: 'key' })]),
        adapter.update('a', { idempotencyKey: undefined }),
        adapter.save([logOf({ id: 'c', idempotencyKey: 'key' })]),
      ];
      expect(await outcomes(calls)).toEqual(['STORAGE_DUPLICATE', 'done', 'done']);
      expect((await adapter.getByIdempotencyKey('key'))?.id).toBe('c');
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
      expect(await wrongCounts(harness)).toEqual([]);
    });

    it('take what they write when they are asked for', async () => {
      const metadata = { step: 'before' };
      const saving = harness.adapter.save([logOf({ id: 'a', metadata })]);
      metadata.step = 'after';
      await saving;
      expect((await harness.adapter.get('a'))?.metadata).toEqual({ step: 'before' });
    });
  });

  describe('counters', () => {
    it('follow every write, and days without rows are forgotten by a cleanup', async () => {
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
      await Promise.all(
        rows
          .slice(0, 200)
          .map(({ id }) => adapter.update(id, { status: 'sent', sentAt: minute(1), provider: 'ses' })),
      );
      await Promise.all(
        rows.slice(50, 90).map(({ id }) => adapter.update(id, { status: 'delivered', channel: 'push' })),
      );
      expect(await wrongCounts(harness)).toEqual([]);
      await adapter.deleteByRecipient('r1:3');
      await adapter.deleteOlderThan(minute(100), 40);
      expect(await wrongCounts(harness)).toEqual([]);
      await adapter.deleteOlderThan(minute(1e6), 1000);
      expect(await wrongCounts(harness)).toEqual([]);
      expect(await raw("SELECT scope FROM log_counts WHERE scope IN ('day', 'hour')")).toEqual([]);
      await adapter.save([logOf({ id: 'again', createdAt: minute(3) })]);
      expect(await wrongCounts(harness)).toEqual([]);
    });

    it('are right after several adapters have written, updated and cleaned up at the same time', async () => {
      const others = Array.from(
        { length: 3 },
        () => new PostgresStorageAdapter({ ...harness.options, connection: serverUrl(), maxConnections: 2 }),
      );
      const live = async (adapter: PostgresStorageAdapter, name: string): Promise<void> => {
        for (let index = 0; index < 25; index += 1) {
          const id = `${name}-${index}`;
          await adapter.save([logOf({ id, createdAt: minute(index * 9), recipientHash: `r1:${index % 5}` })]);
          // One that is further along may have cleaned the row up meanwhile; then there is nothing to change.
          await adapter
            .update(id, { status: 'sent', sentAt: minute(index), provider: name })
            .catch(unlessDeleted);
          if (index % 10 === 9) await adapter.deleteOlderThan(minute(index * 3), 10);
        }
      };
      const adapters = [harness.adapter, ...others];
      await Promise.all(
        adapters.flatMap((adapter, index) => [live(adapter, `one-${index}`), live(adapter, `two-${index}`)]),
      );
      await Promise.all(adapters.map((adapter) => adapter.deleteByRecipient('r1:2')));
      expect(await wrongCounts(harness)).toEqual([]);
      expect((await harness.adapter.stats({})).total).toBe(await harness.countRows());
      await Promise.all(others.map((adapter) => adapter.close()));
    }, 30_000);
  });

  it('two adapters that save the same delivery at the same time end up with one row', async () => {
    const other = new PostgresStorageAdapter(harness.options);
    const calls = [harness.adapter, other].map((adapter, index) =>
      adapter.save([logOf({ id: `row-${index}`, idempotencyKey: 'delivery' })]),
    );
    expect((await outcomes(calls)).sort()).toEqual(['STORAGE_DUPLICATE', 'done']);
    expect(await harness.countRows()).toBe(1);
    await other.close();
  });

  it('updates of one row by several adapters all hold', async () => {
    await harness.adapter.save([logOf({ id: 'a' })]);
    const others = Array.from({ length: 3 }, () => new PostgresStorageAdapter(harness.options));
    const [one, two, three] = others;
    await Promise.all([
      harness.adapter.update('a', { status: 'sent', sentAt: minute(1) }),
      one?.update('a', { subject: 'subject' }),
      two?.update('a', { provider: 'smtp' }),
      three?.update('a', { deliveredAt: minute(2) }),
    ]);
    expect(await harness.adapter.get('a')).toMatchObject({
      status: 'sent',
      subject: 'subject',
      provider: 'smtp',
      sentAt: minute(1),
      deliveredAt: minute(2),
    });
    expect(await wrongCounts(harness)).toEqual([]);
    await Promise.all(others.map((adapter) => adapter.close()));
  });

  describe('U+0000 and half surrogate pairs', () => {
    it('become U+FFFD in a text, and such a row is found by what it was given', async () => {
      const { adapter } = harness;
      await adapter.save([
        logOf({
          id: 'a\0',
          content: 'a\0b\uD800',
          idempotencyKey: 'key\0',
          notificationType: 't\0',
          metadata: { text: 'c\0d\uD800' },
          tags: ['x\0'],
          retryLogs: [{ attempt: 1, status: 'failed', timestamp: minute(1), error: 'e\0' }],
        }),
      ]);
      const log = await adapter.getByIdempotencyKey('key\0');
      expect(log).toMatchObject({
        id: 'a\uFFFD',
        content: 'a\uFFFDb\uFFFD',
        metadata: { text: 'c\0d\uD800' },
        tags: ['x\0'],
        retryLogs: [{ error: 'e\0' }],
      });
      expect(await adapter.update('a\0', { error: 'e\0' })).toMatchObject({ error: 'e\uFFFD' });
      const page = { limit: 5, offset: 0, sortBy: 'createdAt', sortOrder: 'desc' } as const;
      expect((await adapter.query({ ...page, notificationType: 't\0' })).total).toBe(1);
    });
  });

  it('content of a quarter of a million characters is kept, and stays through an update of something else', async () => {
    const content = 'ü"\\ {}\', '.repeat(25_000);
    await harness.adapter.save([logOf({ id: 'a', content })]);
    expect((await harness.adapter.update('a', { status: 'sent' })).content).toBe(content);
    expect((await harness.adapter.get('a'))?.content).toBe(content);
  });

  describe('automatic cleanup', () => {
    it('deletes what is older than retentionDays, again and again, until the adapter is closed', async () => {
      const clock = new VirtualClock();
      const adapter = new PostgresStorageAdapter({
        ...harness.options,
        clock,
        autoCleanup: true,
        retentionDays: 2,
        cleanupInterval: MS_PER_DAY,
      });
      /** A day passes, and its cleanup, after which the next one is planned. */
      const passDay = async (): Promise<void> => {
        await clock.advance(MS_PER_DAY);
        while (clock.pendingTimers === 0) await new Promise((resolve) => setImmediate(resolve));
      };
      await adapter.save(
        Array.from({ length: 1200 }, (_, index) => logOf({ id: `row-${index}`, createdAt: clock.date })),
      );
      await passDay();
      await adapter.save([logOf({ id: 'young', createdAt: clock.date })]);
      await passDay();
      expect(await harness.countRows()).toBe(1201);
      await passDay();
      expect((await harness.raw('SELECT id FROM logs')).map(({ id }) => id)).toEqual(['young']);
      await passDay();
      expect(await harness.countRows()).toBe(0);
      await adapter.close();
      expect(clock.pendingTimers).toBe(0);
    });
  });

  describe('closing', () => {
    it('waits for the calls in hand, and leaves a pool that was given open', async () => {
      const pool = openTestPool();
      const adapter = new PostgresStorageAdapter({ ...harness.options, connection: pool });
      await adapter.save(
        Array.from({ length: 300 }, (_, index) => logOf({ id: `row-${index}`, recipientHash: 'r1:ada' })),
      );
      const calls = [adapter.deleteByRecipient('r1:ada'), adapter.save([logOf({ id: 'last' })])];
      await adapter.close();
      expect(await outcomes(calls)).toEqual(['done', 'done']);
      expect((await harness.raw('SELECT id FROM logs')).map(({ id }) => id)).toEqual(['last']);
      await expect(adapter.get('last')).rejects.toMatchObject({ code: 'STORAGE_CLOSED' });
      expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      await pool.end();
    });
  });

  it('several adapters make the tables at the same time, on a schema that is not there', async () => {
    const schema = freshSchema();
    const pool = openTestPool();
    const adapters = Array.from(
      { length: 3 },
      () => new PostgresStorageAdapter({ connection: pool, schema }),
    );
    await Promise.all(adapters.map((adapter, index) => adapter.save([logOf({ id: `row-${index}` })])));
    expect((await adapters[0]?.stats({}))?.total).toBe(3);
    await Promise.all(adapters.map((adapter) => adapter.close()));
    await dropSchema(pool, schema);
    await pool.end();
  });
});

describe('a server that does not answer', () => {
  it('makes the log unavailable, and the error of the database is the cause', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const adapter = new PostgresStorageAdapter({
      connection: `postgres://nobody@127.0.0.1:${port}/nothing`,
      queryTimeout: 50,
    });
    const calls = [adapter.save([logOf({ id: 'a' })]), adapter.get('a'), adapter.stats({})];
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({
        reason: { code: 'STORAGE_UNAVAILABLE', cause: { code: 'POSTGRES_UNAVAILABLE' } },
      });
    }
    await adapter.close();
    silent.close();
  });
});
