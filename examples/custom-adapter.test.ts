import { VirtualClock } from '@townkrier/core/testing';
import { StoreQueueAdapter } from '@townkrier/queue';
import {
  type JobStoreHarness,
  jobStoreConformance,
  type QueueAdapterHarness,
  queueAdapterConformance,
  type RawJob,
  WorkerStall,
} from '@townkrier/queue/testing';
import { describe, expect, it } from 'vitest';
import { ArrayJobStore } from './custom-adapter/array-job-store.ts';
import { runExample } from './testing/run-example.ts';

/** The store in a list has no other way in: what is kept is what `get` of an untouched copy of the class reads. */
async function inspect(store: ArrayJobStore, jobId: string): Promise<RawJob | null> {
  const job = await ArrayJobStore.prototype.get.call(store, jobId);
  return job === null ? null : { status: job.status, attempts: job.attempts };
}

async function createStoreHarness(): Promise<JobStoreHarness> {
  const clock = new VirtualClock();
  const store = new ArrayJobStore(clock);
  return {
    store,
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    inspect: (jobId) => inspect(store, jobId),
    close: () => store.close(),
  };
}

async function createAdapterHarness(): Promise<QueueAdapterHarness> {
  const clock = new VirtualClock();
  const store = new ArrayJobStore(clock);
  const stall = new WorkerStall(store);
  const adapter = new StoreQueueAdapter(store, {
    clock,
    leaseMs: 15_000,
    heartbeatMs: 5_000,
    shutdownTimeout: 25_000,
    maxCrashes: 3,
    onListenerError: () => undefined,
    onError: () => undefined,
  });
  return {
    adapter,
    limits: {
      leaseHeldMs: 10_000,
      leaseOverMs: 20_000,
      maxCrashes: 3,
      shutdownTimeoutMs: 25_000,
      toleranceMs: 0,
    },
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    inspect: (jobId) => inspect(store, jobId),
    stallWorkers: async () => stall.stallAll(),
    close: async () => {
      stall.release();
      const closing = adapter.close();
      await clock.advance(60_000);
      await closing;
    },
  };
}

jobStoreConformance(
  { describe, it },
  {
    name: 'ArrayJobStore',
    create: createStoreHarness,
    lacks: ['aging', 'fairness', 'sharedState', 'countAhead', 'events'],
  },
);
queueAdapterConformance(
  { describe, it },
  {
    name: 'StoreQueueAdapter on ArrayJobStore',
    create: createAdapterHarness,
    lacks: [
      'isShared',
      'durability',
      'transactions',
      'aging',
      'fairness',
      'sharedState',
      'countAhead',
      'capacity',
      'filter:type',
      'filter:name',
      'filter:tag',
      'filter:owner',
    ],
    skip: {},
  },
);

describe('the example of an adapter', () => {
  it('retries what failed, and ends by itself', async () => {
    const { code, stdout, stderr } = await runExample('custom-adapter.ts');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(
      'try 1 for ada@example.com\ntry 2 for ada@example.com\nthe job is completed after 2 attempts\n',
    );
  });
});
