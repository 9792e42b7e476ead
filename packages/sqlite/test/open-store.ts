import type { Clock } from '@townkrier/core';
import type { JobToInsert } from '@townkrier/queue';
import { SqliteJobStore } from '../src/queue/sqlite-job-store.ts';

/** A bare store, with little ado about power cuts. */
export function openStore(file: string, clock: Clock): SqliteJobStore {
  return new SqliteJobStore({
    file,
    durability: 'normal',
    busyTimeout: 20_000,
    clock,
    maxJobs: 1000,
    finishedMaxAge: 86_400_000,
  });
}

/** A plain job. */
export function plainJob(id: string, more: Partial<JobToInsert> = {}): JobToInsert {
  return {
    id,
    queue: 'default',
    type: 'mail',
    name: 'mail',
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
    ...more,
  };
}
