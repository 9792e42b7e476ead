import { VirtualClock } from '@townkrier/core/testing';
import { describe, it } from 'vitest';
import { InMemoryJobStore } from '../src/in-memory/in-memory-job-store.ts';
import { type JobStoreHarness, jobStoreConformance } from '../src/testing/index.ts';

async function createHarness(): Promise<JobStoreHarness> {
  const clock = new VirtualClock();
  const limits = {
    maxJobs: 1000,
    keepCompleted: 100,
    keepFailed: 100,
    keepCancelled: 100,
    finishedMaxAge: 86_400_000,
  };
  const store = new InMemoryJobStore({ clock, ...limits });
  return {
    store,
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    async inspect(jobId) {
      const job = await store.get(jobId);
      return job && { status: job.status, attempts: job.attempts };
    },
    close: () => store.close(),
  };
}

jobStoreConformance({ describe, it }, { name: 'InMemoryJobStore', create: createHarness, skip: {} });
