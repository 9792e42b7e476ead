import type { StoreQueueAdapter } from '@townkrier/queue';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { channelOf } from '../src/queue/wake-channel.ts';
import { CallsInFlight } from './calls-in-flight.ts';
import { OpenStores } from './open-stores.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { isServerMissing, openTestPool } from './test-server.ts';

/** Often enough that a test need not wait for it, seldom enough that a busy machine keeps up. Milliseconds. */
const WATCHFUL = { checkInterval: 50, checkTimeout: 500 };

/** Adds a job and resolves when a worker of the other adapter has run it. */
async function addAndRun(from: StoreQueueAdapter, worker: StoreQueueAdapter): Promise<void> {
  const done = new Promise<void>((resolve) => worker.on('job:completed', () => resolve()));
  await from.add([{ type: 'test', payload: null }]);
  await done;
}

describe.skipIf(isServerMissing)('workers that never poll', () => {
  let stores: OpenStores;
  beforeEach(() => {
    stores = new OpenStores();
  });
  afterEach(() => stores.close());

  /** How many connections listen on the channel of the schema. */
  const listeners = async (): Promise<number> => {
    const { rows } = await stores.admin.query(
      `SELECT count(*)::integer AS n FROM pg_stat_activity WHERE query = $1`,
      [`LISTEN "${channelOf(stores.schema)}"`],
    );
    return rows[0]?.n;
  };

  it('hear of jobs that another process adds', async () => {
    const [producer, worker] = [stores.adapter(), stores.adapter()];
    worker.work(() => undefined);
    for (let i = 0; i < 3; i++) await addAndRun(producer, worker);
  });

  it('hear of jobs that a transaction of their own process adds, once it commits', async () => {
    const adapter = stores.adapter();
    adapter.work(() => undefined);
    await addAndRun(adapter, adapter);
    const done = new Promise<void>((resolve) => adapter.on('job:completed', () => resolve()));
    const client = await stores.admin.connect();
    await client.query('BEGIN');
    await adapter.add([{ type: 'test', payload: null }], { transaction: client });
    await client.query('COMMIT');
    client.release();
    await done;
  });

  it('hear in time of a job that another process schedules', async () => {
    const [producer, worker] = [stores.adapter(), stores.adapter()];
    worker.work(() => undefined);
    await addAndRun(producer, worker);
    const done = new Promise<void>((resolve) => worker.on('job:completed', () => resolve()));
    await producer.add([{ type: 'test', payload: null, scheduledFor: Date.now() + 100 }]);
    await done;
  });

  it('hear of a cancel in another process', async () => {
    const [producer, worker] = [stores.adapter(), stores.adapter()];
    const cancelled = new Promise<string>((resolve) => {
      worker.work(async ({ job, signal }) => {
        void producer.cancelJob(job.id);
        await new Promise((stop) => signal.addEventListener('abort', stop));
        resolve(job.id);
        throw signal.reason;
      });
    });
    const [job] = await producer.add([{ type: 'test', payload: null }]);
    expect(await cancelled).toBe(job?.id);
    expect((await producer.getJob(job?.id ?? ''))?.status).toBe('cancelled');
  });

  it('listen again when their connection is cut', async () => {
    const proxy = await TcpProxy.open();
    const producer = stores.adapter();
    const worker = stores.adapter(stores.store({ connection: proxy.url }));
    worker.work(() => undefined);
    await addAndRun(producer, worker);
    proxy.cut();
    await addAndRun(producer, worker);
    await worker.close();
    await proxy.close();
  });

  it('notice a connection that is half open, and hear of what happened meanwhile', async () => {
    const proxy = await TcpProxy.open();
    const producer = stores.adapter();
    const store = stores.store({ connection: proxy.url, queryTimeout: 500, listen: WATCHFUL });
    const calls = new CallsInFlight();
    calls.watch(store);
    const worker = stores.adapter(store);
    worker.work(() => undefined);
    await addAndRun(producer, worker);
    // A call that hangs would make the worker look again by itself.
    await calls.settled();
    const done = new Promise<void>((resolve) => worker.on('job:completed', () => resolve()));
    proxy.freeze();
    // Of this one nobody can tell the worker.
    await producer.add([{ type: 'test', payload: null }]);
    await done;
    await worker.close();
    await proxy.close();
  });

  it('take one connection as long as they work, and none before and after', async () => {
    const pool = openTestPool({ application_name: stores.schema });
    const adapter = stores.adapter(stores.store({ connection: pool }));
    await adapter.add([{ type: 'test', payload: null }]);
    expect(await listeners()).toBe(0);
    const worker = adapter.work(() => undefined);
    await expect.poll(listeners).toBe(1);
    await worker.stop();
    await expect.poll(listeners).toBe(0);
    await pool.end();
  });

  it('take no notice of what others say on their channel', async () => {
    const [producer, worker] = [stores.adapter(), stores.adapter()];
    worker.work(() => undefined);
    await addAndRun(producer, worker);
    for (const payload of ['', 'nonsense', 'null', '[]', '{"revoked":null}', '{"wake":1}']) {
      await stores.admin.query('SELECT pg_notify($1, $2)', [channelOf(stores.schema), payload]);
    }
    await addAndRun(producer, worker);
  });
});

describe('the channel of a schema', () => {
  it('bears its name, as long as PostgreSQL can keep it', () => {
    expect(channelOf('townkrier')).toBe('townkrier.jobs');
    expect(Buffer.byteLength(channelOf('é'.repeat(31)))).toBeLessThanOrEqual(63);
    expect(channelOf('x'.repeat(63))).not.toBe(channelOf(`${'x'.repeat(62)}y`));
  });
});
