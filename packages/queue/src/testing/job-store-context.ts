import assert from 'node:assert/strict';
import { TownKrierError } from '@townkrier/core';
import { QueueErrorCode } from '../errors.ts';
import type { JobStatus, QueueJob } from '../job.ts';
import type { ClaimedJob, JobFence, JobStore, JobToInsert, Settlement } from '../job-store.ts';
import type { JobStoreHarness } from './job-store-harness.ts';

/** A lease no case outlives by accident. Milliseconds. */
export const LEASE_MS = 10_000;

const ERROR = { name: 'Error', message: 'it failed' };

/** What a case of the store suite works with. */
export class JobStoreContext {
  readonly harness: JobStoreHarness;
  readonly store: JobStore;
  #inserted = 0;

  constructor(harness: JobStoreHarness) {
    this.harness = harness;
    this.store = harness.store;
  }

  /** A job ready to be stored. */
  job(job: Partial<JobToInsert> = {}): JobToInsert {
    this.#inserted += 1;
    return {
      id: `job-${this.#inserted}`,
      queue: 'default',
      type: 'test.job',
      name: 'test.job',
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

  /** Stores as many plain jobs as asked and gives their ids, oldest first. */
  async insert(count: number, job: Partial<JobToInsert> = {}): Promise<string[]> {
    const inserted = await this.store.insert(Array.from({ length: count }, () => this.job(job)));
    return inserted.map((each) => each.job.id);
  }

  /** Stores one job and claims it for a worker with a fresh lease. */
  async claimOne(workerId = 'worker-1', job: Partial<JobToInsert> = {}): Promise<ClaimedJob> {
    await this.insert(1, job);
    return this.claimNext(workerId);
  }

  /** Claims everything that is due, one by one, and tells the names in that order. */
  async claimNames(limit = 1000): Promise<string[]> {
    await this.store.heartbeat('worker-1', LEASE_MS);
    const names: string[] = [];
    while (names.length < limit) {
      const [claimed] = await this.store.claim({ workerId: 'worker-1', limit: 1 });
      if (claimed === undefined) break;
      names.push(claimed.job.name);
    }
    return names;
  }

  /** Claims the one next job for a worker with a fresh lease. */
  async claimNext(workerId: string): Promise<ClaimedJob> {
    await this.store.heartbeat(workerId, LEASE_MS);
    const [claimed] = await this.store.claim({ workerId, limit: 1 });
    assert.ok(claimed, 'a due job can be claimed');
    return claimed;
  }

  completed(fence: JobFence, result: string | null = null): Settlement {
    return {
      ...fence,
      attempt: { outcome: 'completed', error: null, retryDelayMs: null },
      to: 'completed',
      result,
    };
  }

  failed(fence: JobFence): Settlement {
    return {
      ...fence,
      attempt: { outcome: 'failed', error: ERROR, retryDelayMs: null },
      to: 'failed',
      error: ERROR,
    };
  }

  retrying(fence: JobFence, delayMs: number, countsAttempt = true): Settlement {
    const outcome = countsAttempt ? 'retried' : 'postponed';
    const attempt = { outcome, error: ERROR, retryDelayMs: delayMs } as const;
    return { ...fence, attempt, to: 'retrying', delayMs, error: ERROR, countsAttempt };
  }

  cancelled(fence: JobFence): Settlement {
    const error = { name: 'QueueError', message: 'it came too late', code: QueueErrorCode.QUEUE_JOB_EXPIRED };
    return { ...fence, attempt: { outcome: 'cancelled', error, retryDelayMs: null }, to: 'cancelled', error };
  }

  givenBack(fence: JobFence): Settlement {
    return { ...fence, attempt: { outcome: 'interrupted', error: null, retryDelayMs: null }, to: 'pending' };
  }

  async get(id: string): Promise<QueueJob> {
    const job = await this.store.get(id);
    assert.ok(job, `job ${id} is kept`);
    return job;
  }

  /** Expects a status, as the store tells it and as it is stored. */
  async expectStatus(id: string, status: JobStatus): Promise<QueueJob> {
    const job = await this.get(id);
    assert.equal(job.status, status);
    assert.equal((await this.harness.inspect(id))?.status, status, `what is stored of job ${id}`);
    return job;
  }

  async refuses(call: Promise<unknown>, code: string): Promise<void> {
    await assert.rejects(call, (error) => TownKrierError.is(error, code));
  }
}
