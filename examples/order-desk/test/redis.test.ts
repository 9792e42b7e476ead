import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { startRedis } from '../../../tools/services/redis.ts';
import type {} from '../../../tools/services/redis-setup.ts';
import { openDesk, postOrder, subjectsOf } from './open-desk.ts';

const PATIENCE = { timeout: 30_000, interval: 20 };

/** A Redis that may be killed, and forgets everything then. */
async function openRedis() {
  const redis = await startRedis();
  if (redis === null) throw new Error('There is no Redis.');
  onTestFinished(() => redis.stop());
  return redis;
}

const SUBJECTS = (count: number) =>
  Array.from({ length: count }, (_, index) => `Your order A-00000${index + 1}`);

describe.skipIf(inject('redisUrl') === null)('with Redis', () => {
  it('says at the start that it is used, and what it cannot do', async () => {
    const { said } = await openDesk({ REDIS_URL: (await openRedis()).url });
    await expect
      .poll(() => said.join('\n'), PATIENCE)
      .toMatch(/Queue: Redis at 127\.0\.0\.1:\d+, through BullMQ\./);
    expect(said.join('\n')).toContain('no ageing');
  });

  it('orders are taken and mailed while it is killed and comes back', async () => {
    const redis = await openRedis();
    const { url, said, catcher } = await openDesk(
      { REDIS_URL: redis.url },
      { intervalMs: 100, patienceMs: 500 },
    );
    await expect.poll(() => said.join('\n'), PATIENCE).toContain('Queue: Redis at');
    expect(await placeOrders(url, 3)).toEqual([201, 201, 201]);
    // In the middle of their work: what Redis had is gone.
    await redis.kill();
    expect(await placeOrders(url, 3)).toEqual([201, 201, 201]);
    await expect.poll(() => subjectsOf(catcher), PATIENCE).toEqual(SUBJECTS(6));
    expect(said.join('\n')).toContain('Redis is away');

    await redis.restart();
    await expect
      .poll(() => said.filter((line) => line.startsWith('Queue: Redis at')).length, PATIENCE)
      .toBe(2);
    expect(await placeOrders(url, 3)).toEqual([201, 201, 201]);
    await expect.poll(() => subjectsOf(catcher), PATIENCE).toEqual(SUBJECTS(9));
  });

  it('orders whose mails waited in a Redis that forgets everything are mailed all the same', async () => {
    const redis = await openRedis();
    const sweep = { intervalMs: 100, patienceMs: 500 };
    const { url, said, catcher, queueManager } = await openDesk({ REDIS_URL: redis.url }, sweep);
    await expect.poll(() => said.join('\n'), PATIENCE).toContain('Queue: Redis at');
    await queueManager.queues.pause('email');
    await placeOrders(url, 3);
    await expect.poll(async () => (await queueManager.getStats('email')).pending, PATIENCE).toBe(3);
    await redis.kill();
    await redis.restart();
    await expect.poll(() => subjectsOf(catcher), PATIENCE).toEqual(SUBJECTS(3));
  });

  it('a new database mails its first orders, whatever a Redis remembers of an old one', async () => {
    const redis = await openRedis();
    for (const _database of ['old', 'new']) {
      const { url, said, catcher, close } = await openDesk({ REDIS_URL: redis.url });
      await expect.poll(() => said.join('\n'), PATIENCE).toContain('Queue: Redis at');
      await postOrder(url);
      await expect.poll(() => subjectsOf(catcher), PATIENCE).toEqual(SUBJECTS(1));
      await close();
    }
  });

  it('starts without it, and says so', async () => {
    const redis = await openRedis();
    await redis.kill();
    const { url, said, catcher, queueManager } = await openDesk({ REDIS_URL: redis.url });
    expect((await postOrder(url)).status).toBe(201);
    await expect.poll(() => subjectsOf(catcher), PATIENCE).toEqual(SUBJECTS(1));
    expect(said.join('\n')).toContain('Redis is away');
    await redis.restart();
    // The briefing is set as soon as somebody keeps schedules.
    const briefing = () => queueManager.schedules.get('daily-briefing').catch(() => null);
    await expect.poll(briefing, PATIENCE).toMatchObject({ cron: '30 7 * * MON-FRI' });
  });
});

async function placeOrders(url: string, count: number): Promise<number[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => postOrder(url)));
  return answers.map(({ status }) => status);
}
