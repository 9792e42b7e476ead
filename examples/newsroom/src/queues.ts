import { defineQueue, type QueueDefinition } from '@townkrier/queue';

/** Who works on what: each queue belongs to one of two processes. */
export const QUEUES_OF = {
  press: ['ai', 'workflows', 'analytics'],
  post: ['email', 'plugins', 'system'],
} as const;
export type WorkerName = keyof typeof QUEUES_OF;

/**
 * The six queues. A retry is a try after the first: `retries: 2` makes three tries.
 *
 * @param retryDelay - Milliseconds before the first retry; each further one waits twice as long.
 */
export function createQueues(retryDelay: number): readonly QueueDefinition[] {
  const backoff = { type: 'exponential', delay: retryDelay, maxDelay: 600_000, jitter: 'full' } as const;
  return [
    defineQueue({
      name: 'ai',
      concurrency: 2,
      rateLimit: { max: 60, per: 60_000 },
      retries: 2,
      backoff,
      timeout: 60_000,
    }),
    defineQueue({ name: 'workflows', concurrency: 5, retries: 4, backoff, timeout: 30_000 }),
    defineQueue({ name: 'analytics', concurrency: 1, retries: 2, backoff, timeout: 300_000 }),
    defineQueue({ name: 'email', concurrency: 5, rateLimit: { max: 600, per: 60_000 }, retries: 4, backoff }),
    // By receiver: one that is slow or flooded holds up no other.
    defineQueue({
      name: 'plugins',
      concurrency: 5,
      isFair: true,
      rateLimit: { key: { max: 20, per: 1000 } },
      retries: 2,
      backoff,
      timeout: 15_000,
    }),
    defineQueue({ name: 'system', concurrency: 2, retries: 1, backoff, timeout: 60_000 }),
  ];
}
