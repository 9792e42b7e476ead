import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type RedisServer, startRedis } from '../../../tools/services/redis.ts';
import { BullMqQueueAdapter, type BullMqQueueAdapterOptions } from '../src/index.ts';

const ENQUEUE_TIMEOUT = 300;
const UNAVAILABLE = expect.objectContaining({ code: 'QUEUE_UNAVAILABLE' });

// A server of its own, as it is killed. What it acknowledges is on the disk.
let redis: RedisServer;
let adapters: BullMqQueueAdapter[] = [];
let isKilled = false;
let test = 0;

async function kill(): Promise<void> {
  isKilled = true;
  await redis.kill();
}

async function restart(): Promise<void> {
  await redis.restart();
  isKilled = false;
}

function open(options: Partial<BullMqQueueAdapterOptions> = {}): BullMqQueueAdapter {
  const adapter = new BullMqQueueAdapter({
    connection: redis.url,
    prefix: `down-${test}`,
    enqueueTimeout: ENQUEUE_TIMEOUT,
    onError: () => undefined,
    ...options,
  });
  adapters.push(adapter);
  return adapter;
}

describe.skipIf(inject('redisUrl') === null)('with Redis killed', { timeout: 30_000 }, () => {
  beforeAll(async () => {
    const server = await startRedis({ append: 'always' });
    if (server !== null) redis = server;
  });
  afterEach(async () => {
    await Promise.all(adapters.map((adapter) => adapter.close()));
    adapters = [];
    test += 1;
    // A test that failed half way is not the next one's trouble.
    if (isKilled) await restart();
  });
  afterAll(() => redis?.stop());

  it('adds are refused in time, all that is asked is too, and it works again when Redis is back', async () => {
    const adapter = open();
    await adapter.add([{ id: 'before', type: 'test', payload: null }]);
    await kill();
    const started = performance.now();
    await expect(adapter.add([{ id: 'refused', type: 'test', payload: null }])).rejects.toEqual(UNAVAILABLE);
    // Wide enough for a machine under load; what it rules out is waiting without end.
    expect(performance.now() - started).toBeLessThan(ENQUEUE_TIMEOUT + 3_000);
    await expect(adapter.getJob('before')).rejects.toEqual(UNAVAILABLE);
    await expect(adapter.getStats()).rejects.toEqual(UNAVAILABLE);
    await expect(adapter.ping()).rejects.toEqual(UNAVAILABLE);
    await restart();
    await expect
      .poll(
        () =>
          adapter.ping().then(
            () => 'there',
            () => 'away',
          ),
        { timeout: 10_000 },
      )
      .toBe('there');
    await adapter.add([{ id: 'after', type: 'test', payload: null }]);
    const { jobs } = await adapter.findJobs({ order: 'asc' });
    // What was refused while it was away is not sent later.
    expect(jobs.map(({ id }) => id)).toEqual(['before', 'after']);
  });

  it('one that was never there is told of once, and adds are refused', async () => {
    await kill();
    const errors: unknown[] = [];
    const adapter = open({ onError: (error) => errors.push(error) });
    for (let i = 0; i < 3; i++) {
      await expect(adapter.add([{ type: 'test', payload: null }])).rejects.toEqual(UNAVAILABLE);
    }
    expect(errors).toHaveLength(1);
  });

  it('adds that are refused leave nothing behind in memory', async () => {
    await kill();
    const adapter = open({ enqueueTimeout: 10 });
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const refuse = async (times: number): Promise<number> => {
      for (let i = 0; i < times; i += 1) {
        const adds = Array.from({ length: 100 }, (_, j) =>
          adapter.add([{ type: 'test', payload: `${i}-${j} `.repeat(500) }]),
        );
        const results = await Promise.allSettled(adds);
        expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(100);
      }
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = await refuse(10);
    // Of the jobs alone this would be 30 MB.
    expect((await refuse(100)) - before).toBeLessThan(8_000_000);
  });

  it('nothing that was acknowledged is lost when it is killed twice while jobs are added and run', async () => {
    const adapter = open({ leaseMs: 1_000, retryDelay: 10, enqueueTimeout: 1_000 });
    const ran = new Set<string>();
    adapter.work(({ job }) => void ran.add(job.id), { concurrency: 5 });
    const acknowledged: string[] = [];
    let cut = Promise.resolve();
    for (let index = 0; index < 120; index += 1) {
      if (index === 40 || index === 80) {
        await cut;
        // Not waited for: jobs are added, claimed and settled while it dies.
        cut = kill().then(restart);
      }
      const id = `job-${index}`;
      const job = { id, type: 'test', payload: index };
      await adapter.add([job]).then(
        () => acknowledged.push(id),
        (error) => expect(error).toEqual(UNAVAILABLE),
      );
    }
    await cut;
    expect(acknowledged.length).toBeGreaterThanOrEqual(80);
    await expect.poll(() => acknowledged.filter((id) => !ran.has(id)), { timeout: 15_000 }).toEqual([]);
    const counts = { pending: 0, processing: 0, retrying: 0, failed: 0 };
    await expect.poll(() => adapter.getStats().catch(() => null), { timeout: 15_000 }).toMatchObject(counts);
    expect((await adapter.getStats()).completed).toBeGreaterThanOrEqual(acknowledged.length);
  });
});
