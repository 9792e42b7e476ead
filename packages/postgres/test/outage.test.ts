import { once } from 'node:events';
import { createServer } from 'node:net';
import { StoreQueueAdapter } from '@townkrier/queue';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startPostgres } from '../../../tools/services/postgres.ts';
import { PostgresJobStore, type PostgresJobStoreOptions } from '../src/queue/postgres-job-store.ts';
import { OpenStores } from './open-stores.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { isServerMissing } from './test-server.ts';

const OPTIONS: PostgresJobStoreOptions = {
  connection: '',
  schema: 'townkrier',
  maxConnections: 4,
  queryTimeout: 20_000,
  enqueueTimeout: 20_000,
  preparedStatements: true,
  maxJobs: 1_000,
  finishedMaxAge: 86_400_000,
};
const JOB = { type: 'test', payload: null };

describe('a server that is not there', () => {
  /** Something that takes connections and stays silent, or refuses them. */
  async function listen(isSilent: boolean): Promise<{ readonly connection: string; close(): void }> {
    const server = createServer((socket) => socket.on('error', () => undefined));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port was given');
    if (!isSilent) server.close();
    return {
      connection: `postgres://someone@127.0.0.1:${address.port}/any`,
      close: () => void server.close(),
    };
  }

  it.each([
    ['refuses connections', false],
    ['does not answer', true],
  ])('is told as QUEUE_UNAVAILABLE of each of many adds when it %s', async (_, isSilent) => {
    const { connection, close } = await listen(isSilent);
    const adapter = new StoreQueueAdapter(
      new PostgresJobStore({ ...OPTIONS, connection, enqueueTimeout: 200, queryTimeout: 400 }),
    );
    const adds = await Promise.allSettled(Array.from({ length: 1_000 }, () => adapter.add([JOB])));
    const codes = adds.map((add) => add.status === 'rejected' && add.reason.code);
    expect(new Set(codes)).toEqual(new Set(['QUEUE_UNAVAILABLE']));
    await adapter.close();
    close();
  });

  it('is told so of whatever is asked, with the cause', async () => {
    const { connection } = await listen(false);
    const store = new PostgresJobStore({ ...OPTIONS, connection });
    const unavailable = { code: 'QUEUE_UNAVAILABLE', cause: { cause: { code: 'ECONNREFUSED' } } };
    await expect(store.ping()).rejects.toMatchObject(unavailable);
    await expect(store.get('any')).rejects.toMatchObject(unavailable);
    await expect(store.stats()).rejects.toMatchObject(unavailable);
    await expect(store.claim({ workerId: 'any', limit: 1 })).rejects.toMatchObject(unavailable);
    await store.close();
  });
});

describe.skipIf(isServerMissing)('a server that goes away', () => {
  it('and comes back loses no job and fails none', async () => {
    const server = await startPostgres({ isDurable: true });
    if (server === null) throw new Error('There is no PostgreSQL.');
    const open = () => new PostgresJobStore({ ...OPTIONS, connection: server.url, enqueueTimeout: 1_000 });
    const producer = new StoreQueueAdapter(open());
    const worker = new StoreQueueAdapter(open(), {
      maxRetries: 0,
      pollInterval: 200,
      onError: () => undefined,
    });
    const added: string[] = [];
    const add = async () => {
      for (const job of await producer.add([JOB, JOB, JOB])) added.push(job.id);
    };
    for (let i = 0; i < 20; i++) await add();
    let runs = 0;
    const half = new Promise<void>((resolve) => {
      worker.work(
        async () => {
          runs += 1;
          if (runs === 30) resolve();
          await new Promise((done) => setTimeout(done, 5));
        },
        { concurrency: 5 },
      );
    });
    await half;
    await server.kill();
    await expect(add()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    await server.restart();
    await expect
      .poll(
        () =>
          add().then(
            () => 'added',
            () => 'refused',
          ),
        { timeout: 20_000 },
      )
      .toBe('added');
    const finished = { pending: 0, processing: 0, retrying: 0, failed: 0 };
    await expect
      .poll(() => producer.getStats().catch(() => null), { timeout: 20_000 })
      .toMatchObject(finished);
    const jobs = await Promise.all(added.map((id) => producer.getJob(id)));
    expect(new Set(jobs.map((job) => job?.status))).toEqual(new Set(['completed']));
    await Promise.all([producer.close(), worker.close()]);
    await server.stop();
  }, 60_000);
});

describe.skipIf(isServerMissing)('an answer that gets lost', () => {
  let stores: OpenStores;
  let proxy: TcpProxy;
  let store: PostgresJobStore;
  const WORKER = 'worker-1';
  const attempt = { outcome: 'completed', error: null, retryDelayMs: null } as const;

  beforeEach(async () => {
    stores = new OpenStores();
    proxy = await TcpProxy.open();
    store = stores.store({ connection: proxy.url });
    await store.insert([1, 2, 3].map(() => stores.job()));
    await store.heartbeat(WORKER, 3_600_000);
  });
  afterEach(async () => {
    await stores.close();
    await proxy.close();
  });

  /** Lets the server do what a call asks, and loses its answer. */
  async function loseAnswer(call: Promise<unknown>, isDone: () => Promise<boolean>): Promise<void> {
    const outcome = call.then(
      () => 'answered',
      (error: unknown) => error,
    );
    await expect.poll(isDone).toBe(true);
    proxy.cut();
    expect(await outcome).toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    proxy.unmute();
  }
  const hasCount = (status: string, n: number) => async () => {
    const { rows } = await stores.admin.query(
      `SELECT count(*)::integer AS n FROM ${stores.table('jobs')} WHERE status = $1`,
      [status],
    );
    return rows[0]?.n === n;
  };

  it('to a claim: its jobs come with the next claims of the worker, each once', async () => {
    proxy.mute();
    await loseAnswer(store.claim({ workerId: WORKER, limit: 3 }), hasCount('processing', 3));
    const next = await store.claim({ workerId: WORKER, limit: 2 });
    expect(next.map(({ job, fence }) => [job.id, job.attempts, fence.claim])).toEqual([
      ['job-1', 1, 1],
      ['job-2', 1, 1],
    ]);
    const last = await store.claim({ workerId: WORKER, limit: 2 });
    expect(last.map(({ job }) => job.id)).toEqual(['job-3']);
    expect(await store.claim({ workerId: WORKER, limit: 2 })).toEqual([]);
    const fences = [...next, ...last].map(({ fence }) => fence);
    const results = await store.settle(
      fences.map((fence) => ({ ...fence, to: 'completed', result: null, attempt })),
    );
    expect(results).toEqual(['stored', 'stored', 'stored']);
    expect(await stores.countBoth()).toMatchObject({ counted: [{ status: 'completed', n: 3 }] });
  });

  it('to a claim: several calls that come next at once give each of its jobs once', async () => {
    const held = await store.claim({ workerId: WORKER, limit: 1 });
    proxy.mute();
    await loseAnswer(store.claim({ workerId: WORKER, limit: 2 }), hasCount('processing', 3));
    const claims = Array.from({ length: 4 }, () => store.claim({ workerId: WORKER, limit: 2 }));
    const given = [...held, ...(await Promise.all(claims)).flat()].map(({ job }) => job.id);
    expect(given.toSorted()).toEqual(['job-1', 'job-2', 'job-3']);
  });

  it('to a claim that ended jobs, too', async () => {
    const [first] = await store.claim({ workerId: WORKER, limit: 1 });
    if (first === undefined) throw new Error('nothing was claimed');
    const ending = { ...first.fence, to: 'completed', result: 'once', attempt } as const;
    const request = { workerId: WORKER, limit: 1 };
    proxy.mute();
    await loseAnswer(store.settleAndClaim([ending], request), hasCount('completed', 1));
    const { results, claimed } = await store.settleAndClaim([ending], request);
    expect(results).toEqual(['stored']);
    expect(claimed.map(({ job }) => job.id)).toEqual(['job-2']);
    expect(await store.get(first.job.id)).toMatchObject({
      status: 'completed',
      attemptLog: [{ outcome: 'completed' }],
    });
  });

  it.each([
    ['completed', { to: 'completed', result: 'once', attempt }],
    [
      'failed',
      { to: 'failed', error: { name: 'Error', message: 'no' }, attempt: { ...attempt, outcome: 'failed' } },
    ],
    ['pending', { to: 'pending', attempt: { ...attempt, outcome: 'interrupted' } }],
  ] as const)(
    'to the end of a job that is then %s: sent again, it counts as stored and not as late',
    async (status, end) => {
      const [claimed] = await store.claim({ workerId: WORKER, limit: 1 });
      if (claimed === undefined) throw new Error('nothing was claimed');
      const ending = { ...claimed.fence, ...end };
      // Only a completion takes a single statement.
      proxy.mute(status === 'completed' ? undefined : 'COMMIT\0');
      const isDone = status === 'pending' ? hasCount('pending', 3) : hasCount(status, 1);
      await loseAnswer(store.settle([ending]), isDone);
      expect(await store.settle([ending])).toEqual(['stored']);
      expect(await store.get(claimed.job.id)).toMatchObject({
        status,
        attemptLog: [{ outcome: end.attempt.outcome }],
      });
      expect(await store.settle([ending])).toEqual(['stale']);
      const { counted, real } = await stores.countBoth();
      expect(counted).toEqual(real);
    },
  );

  it('to an insert: it is done again, and nothing is stored twice', async () => {
    await store.stats();
    proxy.mute();
    const insert = store.insert([stores.job({ id: 'lost' })]);
    const isStored = async () =>
      (await stores.admin.query(`SELECT FROM ${stores.table('jobs')} WHERE id = 'lost'`)).rowCount;
    await expect.poll(isStored).toBe(1);
    proxy.unmute();
    proxy.cut();
    expect((await insert).map(({ job }) => job.id)).toEqual(['lost']);
    expect(await store.stats()).toMatchObject({ pending: 4 });
  });
});
