import { defineQueue, type QueueCapabilities, type QueueDefinition } from '@townkrier/queue';

/** 30, 90, 270 and 810 seconds, and 810 again. */
const backoff = { type: 'exponential', delay: 30_000, factor: 3, maxDelay: 810_000 } as const;

/** Milliseconds of waiting that lift a job by one priority, so that `low` is reached some day whatever comes in. */
const AGING_MS = 60_000;

/** What differs from one place to another. */
export interface QueuesOptions {
  readonly capabilities: QueueCapabilities;
  readonly hasRateLimits: boolean;
}

/** The six queues. Where the shop says "3 to 5 retries", a queue has three, and what must not fail asks for five. It gives no figures for the last two. */
export function createQueues({ capabilities, hasRateLimits }: QueuesOptions): QueueDefinition[] {
  const perMinute = (max: number) => (hasRateLimits ? { rateLimit: { max, per: 60_000 } } : {});
  const aging = capabilities.aging ? { agingMs: AGING_MS } : {};
  const isFair = capabilities.fairness;
  return [
    defineQueue({ name: 'email', concurrency: 5, ...perMinute(100), retries: 3, backoff, isFair }),
    defineQueue({ name: 'pdf', concurrency: 3, ...perMinute(20), retries: 3, backoff }),
    defineQueue({ name: 'notification', concurrency: 10, ...perMinute(200), retries: 3, backoff, ...aging }),
    defineQueue({ name: 'ai', concurrency: 2, ...perMinute(10), retries: 2, backoff, timeout: 120_000 }),
    defineQueue({ name: 'oma', retries: 5, backoff }),
    defineQueue({ name: 'scheduled', concurrency: 1, retries: 3, backoff }),
  ];
}

/** What the queues then do without, for whoever starts the app. */
export function lackingIn({ aging, fairness }: QueueCapabilities): string[] {
  return [
    ...(aging ? [] : ['no ageing: a job of low priority waits for as long as more urgent ones come in']),
    ...(fairness ? [] : ['no turns: the mails of all customers are first come, first served']),
  ];
}
