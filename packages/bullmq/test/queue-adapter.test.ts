import type { JobHandler } from '@townkrier/queue';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BullMqQueueAdapter, type BullMqQueueAdapterOptions } from '../src/index.ts';
import { Place } from './place.ts';
import { describeWithRedis } from './redis-url.ts';

describe('options', () => {
  it.each([
    [{ connection: '' }, 'connection'],
    [{ connection: undefined }, 'connection'],
    [{ connection: 6379 }, 'connection'],
    [{ connection: { host: 'localhost', keyPrefix: 'mine:' } }, 'connection'],
    [{ connection: { isCluster: true } }, 'connection'],
    [{ prefix: '' }, 'prefix'],
    [{ enqueueTimeout: 0 }, 'enqueueTimeout'],
    [{ maxJobs: 1.5 }, 'maxJobs'],
    [{ finishedMaxAge: 'a week' }, 'finishedMaxAge'],
    [{ leaseMs: 1000, heartbeatMs: 900 }, 'heartbeatMs'],
    [{ removeOnComplete: true }, 'removeOnComplete'],
  ])('%o is refused by name', (wrong, name) => {
    const options = { connection: 'redis://127.0.0.1:1', onError: () => undefined, ...wrong };
    expect(() => new BullMqQueueAdapter(options as BullMqQueueAdapterOptions)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(name) }),
    );
  });
});

describeWithRedis('connections', () => {
  let place: Place;
  beforeEach(() => {
    place = new Place();
  });
  afterEach(() => place.close());

  it("a caller's client stays open, with none of our listeners", async () => {
    const client = new Redis(place.url);
    await client.ping();
    const names = ['ready', 'close', 'error'];
    const before = names.map((name) => client.listenerCount(name));
    const adapter = new BullMqQueueAdapter({ connection: client, prefix: place.prefix });
    adapter.work(() => 'done');
    await adapter.add([{ type: 'test', payload: null }]);
    await adapter.close();
    expect(await client.ping()).toBe('PONG');
    expect(names.map((name) => client.listenerCount(name))).toEqual(before);
    client.disconnect();
  });

  it('all of its own are closed', async () => {
    const name = place.prefix;
    const clients = async (): Promise<number> => (await place.connectionsNamed(name)).length;
    const adapter = place.open({ connection: `${place.url}?connectionName=${name}` });
    adapter.work(() => 'done');
    await adapter.add([{ type: 'test', payload: null }]);
    await expect.poll(clients).toBe(3);
    await adapter.close();
    await expect.poll(clients).toBe(0);
  });
});

describeWithRedis('a worker of all queues', () => {
  let place: Place;
  beforeEach(() => {
    place = new Place();
  });
  afterEach(() => place.close());

  it('takes the highest priority of all first, then what was added first, also from queues it had not met', async () => {
    const adapter = place.open();
    const ran: unknown[] = [];
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const handler: JobHandler = async ({ job }) => {
      ran.push(job.id);
      await held;
    };
    adapter.work(handler, { concurrency: 1 });
    await adapter.add([{ id: 'first', queue: 'mail', type: 'test', payload: null }]);
    await expect.poll(() => ran).toEqual(['first']);
    for (const [id, queue, priority] of [
      ['e', 'low', 1],
      ['c', 'mail', 5],
      ['d', 'push', 5],
      ['a', 'sms', 100],
      ['f', 'mail', 0],
      ['b', 'push', 6],
    ] as const) {
      await adapter.add([{ id, queue, priority, type: 'test', payload: null }]);
    }
    letGo();
    await expect.poll(() => ran).toEqual(['first', 'a', 'b', 'c', 'd', 'e', 'f']);
  });
});

describeWithRedis('names that BullMQ could not keep', () => {
  let place: Place;
  beforeEach(() => {
    place = new Place();
  });
  afterEach(() => place.close());

  it.each([
    'a:b',
    '42',
    'wait',
    'meta',
    'townkrier',
    '{slot}',
    '~x',
    'ü €',
    'a b\n',
    '*',
    '../x',
    '__proto__',
  ])('%j is an id and a queue like any other', async (name) => {
    const adapter = place.open();
    await adapter.add([{ id: name, queue: name, type: 'test', payload: name }]);
    await adapter.add([{ id: name, queue: name, type: 'test', payload: 'again' }]);
    const ran = new Promise((resolve) => {
      adapter.work(({ job }) => void resolve([job.id, job.queue, job.payload]), { queues: [name] });
    });
    expect(await ran).toEqual([name, name, name]);
    await expect.poll(() => adapter.getStats(name)).toMatchObject({ pending: 0, completed: 1 });
    expect(await adapter.getJob(name)).toMatchObject({ id: name, queue: name, status: 'completed' });
    expect((await adapter.findJobs({ queue: name })).jobs.map(({ id }) => id)).toEqual([name]);
    await adapter.deleteJob(name);
    expect(await adapter.getJob(name)).toBeNull();
  });
});
