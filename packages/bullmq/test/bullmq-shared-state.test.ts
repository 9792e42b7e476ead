import { VirtualClock } from '@townkrier/core/testing';
import type { SharedState } from '@townkrier/queue';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Place } from './place.ts';
import { describeWithRedis } from './redis-url.ts';

let place: Place;

async function countUp(shared: SharedState): Promise<string> {
  for (;;) {
    const entry = await shared.read('count');
    const version = await shared.write({
      key: 'count',
      value: Number(entry?.value ?? 0) + 1,
      version: entry?.version ?? null,
    });
    if (version !== null) return version;
  }
}

describeWithRedis('what processes share', () => {
  beforeEach(() => {
    place = new Place();
  });
  afterEach(() => place.close());

  it('loses no write of many at once, and gives no version twice', async () => {
    const states = [place.openStore().shared, place.openStore().shared, place.openStore().shared];
    const versions = await Promise.all(
      states.flatMap((shared) => Array.from({ length: 10 }, () => countUp(shared))),
    );
    expect((await states[0]?.read('count'))?.value).toBe(30);
    expect(new Set(versions).size).toBe(30);
  });

  it('refuses a version of before the value was removed', async () => {
    const { shared } = place.openStore();
    const first = await shared.write({ key: 'a', value: 1, version: null });
    const removed = await shared.write({ key: 'a', value: null, version: first });
    expect(removed).not.toBeNull();
    expect(await shared.read('a')).toBeNull();
    expect(await shared.write({ key: 'a', value: 2, version: removed })).toBeNull();
    expect(await shared.write({ key: 'a', value: 2, version: null })).not.toBeNull();
    expect(await shared.write({ key: 'a', value: 3, version: first })).toBeNull();
    expect((await shared.read('a'))?.value).toBe(2);
  });

  it('leaves nothing behind in Redis', async () => {
    const { shared } = place.openStore();
    const version = await shared.write({ key: 'a', value: { is: ['kept', null] }, version: null });
    expect(await place.redis.keys(`${place.prefix}:*`)).toHaveLength(2);
    await shared.write({ key: 'a', value: null, version });
    expect(await place.redis.keys(`${place.prefix}:*`)).toEqual([]);
  });

  it('lists keys of all letters by how they begin, in the order of their code units', async () => {
    const { shared } = place.openStore();
    const keys = [
      '',
      'a',
      'a:b',
      'a:"',
      'a:\\',
      'a:\u0000',
      'a:\uffff',
      'a:😀',
      'a:\ud83d',
      'a:\ude00',
      'b',
      'a: x y',
    ];
    for (const key of keys) expect(await shared.write({ key, value: { key }, version: null })).not.toBeNull();
    for (const prefix of ['', 'a', 'a:', 'a:\ud83d', 'a:😀', 'a:\\', 'c', 'a:\uffff']) {
      const expected = keys.filter((key) => key.startsWith(prefix)).toSorted();
      const listed = await shared.list(prefix);
      expect(listed.map(({ key }) => key)).toEqual(expected);
      expect(listed.map(({ value }) => value)).toEqual(expected.map((key) => ({ key })));
    }
    for (const key of keys) expect(await shared.read(key)).toMatchObject({ key, value: { key } });
  });

  it('lists thousands', async () => {
    const { shared } = place.openStore();
    const keys = Array.from({ length: 2500 }, (_, i) => `key-${String(i).padStart(4, '0')}`);
    await Promise.all(keys.map((key, value) => shared.write({ key, value, version: null })));
    const listed = await shared.list('key-');
    expect(listed.map(({ key }) => key)).toEqual(keys);
    expect(listed.map(({ value }) => value)).toEqual(keys.map((_, i) => i));
  });

  it("has Redis' clock, unless one was handed in", async () => {
    const clock = new VirtualClock();
    expect(await place.openStore({ clock }).shared.now()).toBe(clock.now());
    const redisNow = async (): Promise<number> => {
      const [seconds, microseconds] = await place.redis.time();
      return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
    };
    const before = await redisNow();
    const now = await place.openStore().shared.now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(await redisNow());
  });

  it('is refused while Redis is away', async () => {
    const { shared } = place.openStore({ connection: { port: 1 }, enqueueTimeout: 1 });
    const refused = { code: 'QUEUE_UNAVAILABLE' };
    await expect(shared.read('a')).rejects.toMatchObject(refused);
    await expect(shared.list('a')).rejects.toMatchObject(refused);
    await expect(shared.write({ key: 'a', value: 1, version: null })).rejects.toMatchObject(refused);
    await expect(shared.now()).rejects.toMatchObject(refused);
  });
});

describeWithRedis('a change of what processes share', () => {
  beforeEach(() => {
    place = new Place();
  });
  afterEach(() => place.close());

  it('is heard here and there, until nobody listens; a write that is refused is not', async () => {
    const writer = place.openStore().shared;
    const reader = place.openStore().shared;
    const heard = { here: 0, there: 0 };
    writer.onChange(() => heard.here++);
    const undo = reader.onChange(() => heard.there++);
    // Each is told once when it begins to listen.
    await expect.poll(() => heard).toEqual({ here: 1, there: 1 });
    await writer.write({ key: 'a', value: 1, version: null });
    await writer.write({ key: 'a', value: 2, version: null });
    await expect.poll(() => heard).toEqual({ here: 2, there: 2 });
    undo();
    await writer.write({ key: 'b', value: 2, version: null });
    await place.redis.ping();
    expect(heard).toEqual({ here: 3, there: 2 });
  });

  it('takes one connection more, which tells again when it was cut', async () => {
    const name = place.prefix;
    const { shared } = place.openStore({ connection: `${place.url}?connectionName=${name}` });
    let heard = 0;
    shared.onChange(() => heard++);
    shared.onChange(() => undefined);
    await expect.poll(() => heard).toBe(1);
    const connections = await place.connectionsNamed(name);
    expect(connections).toHaveLength(2);
    const listening = connections.find((line) => line.includes('cmd=subscribe'));
    await place.redis.client('KILL', 'ID', /id=(\d+)/.exec(listening ?? '')?.[1] ?? '');
    await expect.poll(() => heard).toBe(2);
  });
});
