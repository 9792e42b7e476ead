import type { JobToInsert } from '@townkrier/queue';

/** A job with everything decided. */
export function jobToInsert(job: Partial<JobToInsert> & Pick<JobToInsert, 'id'>): JobToInsert {
  return {
    queue: 'default',
    type: 'test',
    name: 'test',
    payload: null,
    priority: 5,
    maxRetries: 0,
    backoff: { type: 'fixed', delay: 1000, factor: 1, maxDelay: 86_400_000, jitter: 'none' },
    timeout: 30_000,
    scheduledFor: null,
    metadata: {},
    deliveries: [],
    tags: [],
    groupKey: null,
    owner: null,
    idempotencyKey: null,
    keyRetention: null,
    removeAfter: null,
    expiresAt: null,
    agingMs: null,
    isFair: false,
    ...job,
  };
}
