import { Notification, NotificationManager, TownKrierError } from '@townkrier/core';
import { QueueManager, StoreQueueAdapter } from '@townkrier/queue';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PostgresQueueAdapter, type PostgresQueueAdapterOptions } from '../src/queue/index.ts';
import { OpenStores } from './open-stores.ts';
import { dropSchema, isServerMissing, openTestPool, serverUrl } from './test-server.ts';

const CONNECTION = 'postgres://someone@127.0.0.1:1/any';

describe('options of a PostgresQueueAdapter', () => {
  it.each<[string, unknown]>([
    ['connection', undefined],
    ['connection', ''],
    ['connection', {}],
    ['connection', { connect: () => undefined }],
    ['schema', ''],
    ['schema', 'x'.repeat(64)],
    ['schema', 'é'.repeat(32)],
    ['schema', 'a\0b'],
    ['schema', 'pg_own'],
    ['maxConnections', 1],
    ['maxJobs', 0],
    ['finishedMaxAge', -1],
    ['enqueueTimeout', 0],
    ['queryTimeout', 0],
    ['preparedStatements', 'no'],
    ['conection', CONNECTION],
  ])('%s: %j is refused', (key, value) => {
    const options = Object.assign({ connection: CONNECTION }, { [key]: value });
    const make = () => new PostgresQueueAdapter(options);
    expect(make).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(make).toThrow(key);
  });

  it('never show an address, which may hold a password', () => {
    const options = { connection: { url: 'postgres://me:secret@127.0.0.1/any' } };
    expect(() => new PostgresQueueAdapter(Object(options))).not.toThrow(/secret/);
  });

  it('open no connection', async () => {
    await new PostgresQueueAdapter({ connection: CONNECTION }).close();
  });
});

class Greeting extends Notification {
  override via(): string[] {
    return ['email'];
  }
  override toEmail() {
    return { subject: 'Hello', text: 'Hello' };
  }
}

describe.skipIf(isServerMissing)('a PostgresQueueAdapter', () => {
  let stores: OpenStores;
  beforeEach(() => {
    stores = new OpenStores();
  });
  afterEach(() => stores.close());

  const makeAdapter = (options: Partial<PostgresQueueAdapterOptions> = {}): PostgresQueueAdapter =>
    new PostgresQueueAdapter({ connection: serverUrl(), schema: stores.schema, ...options });
  const code = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'no refusal',
      (error: unknown) => (TownKrierError.is(error) ? error.code : String(error)),
    );

  it.each(['We"ird', "it's", 'back\\slash', 'sélect', 'x'.repeat(63)])(
    'works in a schema named %j',
    async (schema) => {
      await dropSchema(stores.admin, schema);
      const adapter = makeAdapter({ schema });
      const done = new Promise<void>((resolve) => adapter.on('job:completed', () => resolve()));
      adapter.work(() => 'done', { concurrency: 2 });
      await adapter.add([{ type: 'test', payload: null }]);
      await done;
      await adapter.close();
      await dropSchema(stores.admin, schema);
    },
  );

  it('works without prepared statements', async () => {
    const adapter = makeAdapter({ preparedStatements: false });
    const done = new Promise<void>((resolve) => adapter.on('job:completed', () => resolve()));
    adapter.work(() => 'done');
    await adapter.add([{ type: 'test', payload: null }]);
    await done;
    await adapter.close();
  });

  it('leaves a pool that was given open', async () => {
    const pool = openTestPool();
    const adapter = makeAdapter({ connection: pool });
    await adapter.add([{ type: 'test', payload: null }]);
    await adapter.close();
    await pool.query('SELECT 1');
    await pool.end();
  });

  it('says that the queue is closed, of whatever is asked after close', async () => {
    const adapter = makeAdapter();
    await adapter.close();
    expect(await code(adapter.getJob('any'))).toBe('QUEUE_CLOSED');
    expect(await code(adapter.ping())).toBe('QUEUE_CLOSED');
  });

  it('answers a ping', async () => {
    const adapter = makeAdapter();
    await adapter.ping();
    await adapter.close();
  });

  describe('a transaction of the app', () => {
    it('holds a notification that is enqueued in it', async () => {
      const adapter = makeAdapter();
      const queueManager = new QueueManager(adapter, new NotificationManager().register(Greeting));
      const client = await stores.admin.connect();
      const enqueueIn = async (end: string) => {
        await client.query('BEGIN');
        const recipient = { email: 'ada@example.com' };
        await queueManager.enqueue(new Greeting(), recipient, { transaction: client });
        expect(await adapter.getStats()).toMatchObject({ pending: end === 'COMMIT' ? 0 : 1 });
        await client.query(end);
      };
      await enqueueIn('COMMIT');
      await enqueueIn('ROLLBACK');
      client.release();
      expect(await adapter.getStats()).toMatchObject({ pending: 1 });
      expect(await stores.countBoth()).toEqual({
        counted: [{ queue: 'default', status: 'pending', n: 1 }],
        real: [{ queue: 'default', status: 'pending', n: 1 }],
      });
      await adapter.close();
    });

    it('is refused where it is none', async () => {
      const adapter = makeAdapter();
      const client = await stores.admin.connect();
      const add = (transaction: object) => adapter.add([{ type: 'test', payload: null }], { transaction });
      await expect(add(stores.admin)).rejects.toMatchObject({ code: 'QUEUE_TRANSACTION_INVALID' });
      await expect(add(stores.admin)).rejects.toThrow('a pool');
      await expect(add({})).rejects.toThrow('no query');
      await expect(add(client)).rejects.toThrow('no transaction is open');
      await client.query('BEGIN');
      await client.query('SELECT 1 / 0').catch(() => undefined);
      await expect(add(client)).rejects.toThrow('has failed');
      await expect(add(client)).rejects.toMatchObject({ code: 'QUEUE_TRANSACTION_INVALID' });
      await client.query('ROLLBACK');
      client.release();
      expect(await adapter.getStats()).toMatchObject({ pending: 0 });
      await adapter.close();
    });

    it('goes on after an add that was refused', async () => {
      const adapter = makeAdapter({ maxJobs: 1 });
      const client = await stores.admin.connect();
      await client.query('BEGIN');
      const add = (count: number) =>
        adapter.add(
          Array.from({ length: count }, () => ({ type: 'test', payload: null })),
          { transaction: client },
        );
      expect(await code(add(2))).toBe('QUEUE_FULL');
      await add(1);
      expect(await code(add(1))).toBe('QUEUE_FULL');
      await client.query('COMMIT');
      client.release();
      expect(await adapter.getStats()).toMatchObject({ pending: 1 });
      await adapter.close();
    });

    it('keeps nobody else waiting, however long it stays open', async () => {
      const adapter = makeAdapter();
      const clients = await Promise.all(Array.from({ length: 3 }, () => stores.admin.connect()));
      for (const client of clients) {
        await client.query('BEGIN');
        await adapter.add([{ type: 'test', payload: null }], { transaction: client });
      }
      // As many connections as there are rows of a count, so that one of them shares a row with a transaction, if they share rows.
      const others = Array.from({ length: 16 }, () => new StoreQueueAdapter(stores.store()));
      await Promise.all(others.map((other) => other.add([{ type: 'test', payload: null }])));
      for (const client of clients) await client.query('COMMIT');
      for (const client of clients) client.release();
      expect(await adapter.getStats()).toMatchObject({ pending: 19 });
      await adapter.close();
    });

    it('is told apart from the others in the counts until they are folded together', async () => {
      const store = stores.store();
      const client = await stores.admin.connect();
      for (let i = 0; i < 3; i++) {
        await client.query('BEGIN');
        await store.insert([stores.job()], client);
        await client.query('COMMIT');
      }
      client.release();
      const rows = async () =>
        (await stores.admin.query(`SELECT n::integer AS n FROM ${stores.table('job_counts')}`)).rows;
      expect(await rows()).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
      await store.evictFinished();
      expect(await rows()).toEqual([{ n: 3 }]);
      expect((await store.stats()).pending).toBe(3);
    });
  });

  it.each([
    ['id', { id: 'a\0b' }],
    ['queue', { queue: 'a\0b' }],
    ['type', { type: 'a\0b' }],
    ['name', { name: '\ud800' }],
    ['groupKey', { groupKey: 'a\0b' }],
    ['owner', { owner: 'a\0b' }],
    ['idempotencyKey', { idempotencyKey: '\udfff' }],
    ['tags[1]', { tags: ['fine', 'a\0b'] }],
  ])('refuses a job whose %s PostgreSQL cannot keep, and stores nothing', async (field, job) => {
    const adapter = makeAdapter();
    const call = adapter.add([
      { type: 'test', payload: null },
      { type: 'test', payload: null, ...job },
    ]);
    await expect(call).rejects.toMatchObject({ code: 'QUEUE_JOB_INVALID' });
    await expect(call).rejects.toThrow(`${field} must be`);
    expect(await adapter.getStats()).toMatchObject({ pending: 0 });
    await adapter.close();
  });

  it('keeps U+0000 and half surrogate pairs in whatever is JSON', async () => {
    const adapter = makeAdapter();
    const odd = { 'key\0': ['a\0b', '\ud800', 'c"\\\n'] };
    const [job] = await adapter.add([{ type: 'test', payload: odd, metadata: odd }]);
    const done = new Promise<void>((resolve) => adapter.on('job:completed', () => resolve()));
    adapter.work(async ({ log, progress }) => {
      await log('a\0b');
      await progress(1, 'a\0b');
      return odd;
    });
    await done;
    expect(await adapter.getJob(job?.id ?? '')).toMatchObject({
      payload: odd,
      metadata: odd,
      result: odd,
      progress: { percent: 1, step: 'a\0b' },
      logs: [{ message: 'a\0b', attempt: 1 }],
    });
    await adapter.close();
  });

  it('finds nothing under a text that it cannot keep', async () => {
    const adapter = makeAdapter();
    await adapter.add([{ type: 'test', payload: null, tags: ['fine'] }]);
    expect(await adapter.getJob('a\0b')).toBeNull();
    expect(await adapter.getStats('a\0b')).toMatchObject({ pending: 0 });
    for (const filter of ['queue', 'type', 'name', 'owner', 'tag']) {
      expect(await adapter.findJobs({ [filter]: 'a\0b' })).toEqual({ jobs: [], total: 0 });
    }
    expect(await code(adapter.retryJob('a\0b'))).toBe('QUEUE_JOB_NOT_FOUND');
    expect(await code(adapter.cancelJob('\ud800'))).toBe('QUEUE_JOB_NOT_FOUND');
    expect(await code(adapter.deleteJob('a\0b'))).toBe('QUEUE_JOB_NOT_FOUND');
    const started: string[] = [];
    const worker = adapter.work(({ job }) => void started.push(job.id), { queues: ['a\0b'] });
    await worker.stop();
    expect(started).toEqual([]);
    await adapter.close();
  });

  it('keeps a moment that is no whole millisecond, and one at the end of time', async () => {
    const adapter = makeAdapter();
    const soon = Date.now() + 60_000;
    const [odd, last] = await adapter.add([
      { type: 'test', payload: null, scheduledFor: soon + 0.5 },
      { type: 'test', payload: null, scheduledFor: 8.64e15 },
    ]);
    expect((await adapter.getJob(odd?.id ?? ''))?.nextRunAt?.getTime()).toBe(soon + 1);
    expect((await adapter.getJob(last?.id ?? ''))?.nextRunAt?.getTime()).toBe(8.64e15);
    await adapter.close();
  });

  it('keeps no finished job longer than finishedMaxAge, and all others', async () => {
    const store = stores.store({ finishedMaxAge: 1000 });
    await store.insert(Array.from({ length: 1_300 }, () => stores.job()));
    await store.heartbeat('worker-1', 60_000);
    const claimed = await store.claim({ workerId: 'worker-1', limit: 1_250 });
    const attempt = { outcome: 'completed', error: null, retryDelayMs: null } as const;
    await store.settle(claimed.map(({ fence }) => ({ ...fence, to: 'completed', result: null, attempt })));
    await store.evictFinished();
    expect(await store.stats()).toMatchObject({ completed: 1_250, pending: 50 });
    await stores.admin.query(
      `UPDATE ${stores.table('jobs')} SET completed_at = completed_at - 2000 WHERE completed_at IS NOT NULL`,
    );
    await store.evictFinished();
    expect(await store.stats()).toMatchObject({ completed: 0, pending: 50 });
    expect(await stores.countBoth()).toMatchObject({ real: [{ status: 'pending', n: 50 }] });
  });
});
