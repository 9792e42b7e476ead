import { afterEach, beforeEach, expect, it } from 'vitest';
import { Place } from './place.ts';
import { describeWithRedis } from './redis-url.ts';

let place: Place;

describeWithRedis('the log of events', () => {
  beforeEach(() => {
    place = new Place();
  });
  afterEach(() => place.close());

  it('is two keys in Redis, and none before it is used', async () => {
    const { events } = place.openStore();
    expect(await place.redis.keys(`${place.prefix}:*`)).toEqual([]);
    await events.append(['one', 'two'], 100);
    expect(await place.redis.keys(`${place.prefix}:*`)).toHaveLength(2);
    expect(await place.redis.xlen(`${place.prefix}:townkrier:index:log`)).toBe(1);
  });

  it('takes a cursor of a Redis that was emptied for one whose followers are gone', async () => {
    const { events } = place.openStore();
    await events.append(['one', 'two'], 100);
    const cursor = await events.latest();
    await place.redis.unlink(await place.redis.keys(`${place.prefix}:*`));
    await events.append(['three'], 100);
    expect(await events.read(cursor, 10)).toMatchObject({ events: [{ event: 'three' }], isGap: true });
  });

  it('is refused while Redis is away', async () => {
    const { events } = place.openStore({ connection: { port: 1 }, enqueueTimeout: 1 });
    const refused = { code: 'QUEUE_UNAVAILABLE' };
    await expect(events.append(['one'], 100)).rejects.toMatchObject(refused);
    await expect(events.read('1', 10)).rejects.toMatchObject(refused);
    await expect(events.latest()).rejects.toMatchObject(refused);
  });

  it('is heard by another process at once, also after its connection was cut', async () => {
    const name = place.prefix;
    const connection = `${place.url}?connectionName=${name}`;
    const [here, there] = [0, 1].map(() => place.open({ connection, eventStream: true, pollInterval: 1e9 }));
    const entries = here?.stream?.read()[Symbol.asyncIterator]();
    const first = entries?.next();
    await there?.add([{ id: 'one', type: 'mail', payload: null }]);
    expect((await first)?.value).toMatchObject({ name: 'job:enqueued', event: { jobId: 'one' } });
    const second = entries?.next();
    const listening = (await place.connectionsNamed(name)).find((line) => line.includes('cmd=subscribe'));
    await place.redis.client('KILL', 'ID', /id=(\d+)/.exec(listening ?? '')?.[1] ?? '');
    await there?.cancelJob('one');
    expect((await second)?.value).toMatchObject({ name: 'job:cancelled', event: { jobId: 'one' } });
  });
});
