import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  FailoverQueueAdapter,
  type FailoverQueueAdapterOptions,
  type QueueAdapter,
  type QueueEventName,
} from '@townkrier/queue';
import { SqliteQueueAdapter } from '@townkrier/sqlite/queue';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type RedisServer, startRedis } from '../../../tools/services/redis.ts';
import { BullMqQueueAdapter } from '../src/index.ts';

// A server of its own, as it is killed. What it acknowledges is on the disk.
const NEEDS_REDIS = { skip: inject('redisUrl') === null, timeout: 30_000 };

let redis: RedisServer;
let folder: string;
let made: FailoverQueueAdapter[] = [];
let test = 0;
let isKilled = false;

async function killRedis(): Promise<void> {
  isKilled = true;
  await redis.kill();
}

async function restartRedis(): Promise<void> {
  await redis.restart();
  isKilled = false;
}

beforeAll(async () => {
  const server = await startRedis({ append: 'always', args: ['--enable-debug-command', 'yes'] });
  if (server !== null) redis = server;
  folder = mkdtempSync(join(tmpdir(), 'townkrier-failover-'));
});
afterEach(async () => {
  await Promise.all(made.map((adapter) => adapter.close()));
  made = [];
  test += 1;
  // A test that failed half way is not the next one's trouble.
  if (isKilled) await restartRedis();
});
afterAll(async () => {
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** BullMQ on Redis, and a SQLite file for when that is away; the same ones for the whole of a test. */
function createAdapter(options: FailoverQueueAdapterOptions = {}) {
  const quiet = { onError: () => undefined };
  const primary = new BullMqQueueAdapter({
    connection: redis.url,
    prefix: `failover-${test}`,
    // Shorter than that of the failover: what it gave up, it does not send later.
    enqueueTimeout: 400,
    ...quiet,
  });
  const fallback = new SqliteQueueAdapter({ file: join(folder, `${test}.db`), ...quiet });
  const adapter = new FailoverQueueAdapter(primary, fallback, {
    enqueueTimeout: 1_000,
    pingInterval: 50,
    watchInterval: 100,
    failuresToOpen: 2,
    ...quiet,
    ...options,
  });
  made.push(adapter);
  const announced: string[] = [];
  adapter.on('failover:opened', () => announced.push('opened'));
  adapter.on('failover:closed', () => announced.push('closed'));
  adapter.on('failover:drained', ({ count }) => announced.push(`drained ${count}`));
  return { adapter, primary, fallback, announced };
}

function next(adapter: QueueAdapter, event: QueueEventName): Promise<void> {
  return new Promise((resolve) => {
    const stop = adapter.on(event, () => {
      stop();
      resolve();
    });
  });
}

/** Adds jobs one after another, and gives their ids. */
async function addMany(adapter: QueueAdapter, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const [job] = await adapter.add([{ type: 'test', payload: { index } }]);
    ids.push(job?.id ?? 'nothing was added');
  }
  return ids;
}

async function idsIn(adapter: QueueAdapter): Promise<string[]> {
  const { jobs } = await adapter.findJobs({ order: 'asc', limit: 1000 });
  return jobs.map(({ id }) => id);
}

/** Runs what waits, one at a time, and gives the ids in the order in which they ran. */
async function runAll(adapter: QueueAdapter, count: number): Promise<string[]> {
  const ran: string[] = [];
  await new Promise<void>((resolve) => {
    let completed = 0;
    adapter.on('job:completed', () => {
      completed += 1;
      if (completed === count) resolve();
    });
    adapter.work(({ job }) => void ran.push(job.id), { concurrency: 1 });
  });
  return ran;
}

describe('with Redis killed and started again', () => {
  it(
    '200 jobs added before it, through it and after it are stored once, in order, and run',
    NEEDS_REDIS,
    async () => {
      const { adapter, primary, fallback, announced } = createAdapter();
      await next(adapter, 'failover:closed');
      const ids = await addMany(adapter, 50);
      await killRedis();
      ids.push(...(await addMany(adapter, 100)));
      expect(announced.at(-1)).toBe('opened');
      expect(await adapter.health()).toMatchObject({ active: 'fallback', waitingInFallback: 100 });
      const back = next(adapter, 'failover:closed');
      await restartRedis();
      // Some of these go to the file, some wait for the last of it, some go to Redis.
      ids.push(...(await addMany(adapter, 50)));
      await back;
      expect(await adapter.health()).toMatchObject({ active: 'primary', waitingInFallback: 0 });
      expect(announced.slice(-2)).toEqual([expect.stringMatching(/^drained 1\d\d$/), 'closed']);
      expect(await idsIn(primary)).toEqual(ids);
      expect(await idsIn(fallback)).toEqual([]);
      expect(await runAll(adapter, 200)).toEqual(ids);
      expect(await adapter.getStats()).toMatchObject({ pending: 0, completed: 200 });
    },
  );

  it('jobs that wait in the file survive the process, and go first', NEEDS_REDIS, async () => {
    await killRedis();
    const before = createAdapter();
    const ids = await addMany(before.adapter, 20);
    expect(before.announced).toEqual(['opened']);
    await before.adapter.close();
    await restartRedis();
    const after = createAdapter();
    const back = next(after.adapter, 'failover:closed');
    ids.push(...(await addMany(after.adapter, 5)));
    await back;
    expect(await idsIn(after.primary)).toEqual(ids);
    expect(await idsIn(after.fallback)).toEqual([]);
  });

  it("with whileDown 'work' jobs run meanwhile", NEEDS_REDIS, async () => {
    const { adapter, fallback } = createAdapter({ whileDown: 'work' });
    const ran: string[] = [];
    adapter.work(({ job }) => void ran.push(job.id));
    await adapter.health();
    await killRedis();
    const completed = next(adapter, 'job:completed');
    const [id = ''] = await addMany(adapter, 1);
    await completed;
    expect(ran).toEqual([id]);
    expect((await fallback.getJob(id))?.status).toBe('completed');
    const back = next(adapter, 'failover:closed');
    await restartRedis();
    await back;
    const completedAfter = next(adapter, 'job:completed');
    await addMany(adapter, 1);
    await completedAfter;
    expect(await adapter.getStats()).toMatchObject({ completed: 2, pending: 0 });
  });
});

describe('with a Redis that hangs for a second', () => {
  it('a job that it stores late is stored once', NEEDS_REDIS, async () => {
    const { adapter, primary, fallback } = createAdapter();
    const other = new Redis(redis.url);
    await Promise.all([other.ping(), next(adapter, 'failover:closed')]);
    const ids = await addMany(adapter, 1);
    const [opened, back] = [next(adapter, 'failover:opened'), next(adapter, 'failover:closed')];
    const asleep = other.call('debug', 'sleep', '1');
    ids.push(...(await addMany(adapter, 3)));
    await opened;
    await asleep;
    other.disconnect();
    await back;
    expect(await idsIn(primary)).toEqual(ids);
    expect(await idsIn(fallback)).toEqual([]);
  });
});
