import { backoffDelay, InMemoryQueueAdapter } from '@townkrier/queue';
import { describe, expect, it } from 'vitest';
import { createQueues, lackingIn } from '../src/queues.ts';

const { capabilities } = new InMemoryQueueAdapter();
const minute = (max: number) => ({ max, per: 60_000 });

describe('the six queues', () => {
  it('are as the seed lists them', () => {
    const queues = createQueues({ capabilities, hasRateLimits: true });
    expect(
      queues.map(({ name, concurrency, rateLimit, retries }) => ({ name, concurrency, rateLimit, retries })),
    ).toEqual([
      { name: 'email', concurrency: 5, rateLimit: minute(100), retries: 3 },
      { name: 'pdf', concurrency: 3, rateLimit: minute(20), retries: 3 },
      { name: 'notification', concurrency: 10, rateLimit: minute(200), retries: 3 },
      { name: 'ai', concurrency: 2, rateLimit: minute(10), retries: 2 },
      { name: 'oma', concurrency: 10, rateLimit: undefined, retries: 5 },
      { name: 'scheduled', concurrency: 1, rateLimit: undefined, retries: 3 },
    ]);
    expect(queues.find(({ name }) => name === 'ai')?.timeout).toBe(120_000);
  });

  it('wait 30, 90, 270 and 810 seconds before their retries', () => {
    for (const { backoff } of createQueues({ capabilities, hasRateLimits: true })) {
      if (backoff === undefined || backoff.type === 'custom') throw new Error('expected a policy');
      expect([1, 2, 3, 4].map((retry) => backoffDelay(backoff, retry, () => 1) / 1_000)).toEqual([
        30, 90, 270, 810,
      ]);
    }
  });

  it('ask for no more than the backend can, and say what that leaves out', () => {
    const poorer = { ...capabilities, aging: false, fairness: false };
    const queues = createQueues({ capabilities: poorer, hasRateLimits: true });
    expect(queues.some(({ agingMs, isFair }) => agingMs !== undefined || isFair)).toBe(false);
    expect(lackingIn(poorer)).toHaveLength(2);
    expect(lackingIn(capabilities)).toEqual([]);
  });
});
