import { VirtualClock } from '@townkrier/core/testing';
import { InMemoryJobStore } from '../src/in-memory/in-memory-job-store.ts';
import type { JobStoreHarness } from '../src/testing/index.ts';

/** A store in memory on a virtual clock. */
export function createInMemoryStoreHarness(): JobStoreHarness {
  const clock = new VirtualClock();
  const limits = {
    maxJobs: 1000,
    keepCompleted: 100,
    keepFailed: 100,
    keepCancelled: 100,
    finishedMaxAge: 86_400_000,
  };
  const store = new InMemoryJobStore({ clock, ...limits });
  const get = store.get.bind(store);
  return {
    store,
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    async inspect(jobId) {
      const job = await get(jobId);
      return job && { status: job.status, attempts: job.attempts };
    },
    close: () => store.close(),
  };
}
