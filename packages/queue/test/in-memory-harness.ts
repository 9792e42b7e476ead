import { VirtualClock } from '@townkrier/core/testing';
import { InMemoryQueueAdapter } from '../src/in-memory/in-memory-queue-adapter.ts';
import type { JobStore } from '../src/job-store.ts';
import type { StoreQueueAdapterOptions } from '../src/store-queue-adapter-options.ts';
import {
  type AdapterFeature,
  type HarnessLimits,
  type HarnessRequest,
  type QueueAdapterHarness,
  WorkerStall,
} from '../src/testing/index.ts';

const LEASE_MS = 15_000;
const HEARTBEAT_MS = 5000;
const SHUTDOWN_TIMEOUT_MS = 25_000;
const MAX_CRASHES = 3;

/** What the memory of one process cannot offer. */
export const IN_MEMORY_LACKS: readonly AdapterFeature[] = ['isShared', 'durability', 'transactions'];

/** What the cases must know of it. */
export const IN_MEMORY_LIMITS: HarnessLimits = {
  leaseHeldMs: LEASE_MS - HEARTBEAT_MS,
  leaseOverMs: LEASE_MS + HEARTBEAT_MS,
  maxCrashes: MAX_CRASHES,
  shutdownTimeoutMs: SHUTDOWN_TIMEOUT_MS,
  toleranceMs: 0,
};

/** How the adapter is made; faults put in on purpose raise no warnings. */
export const IN_MEMORY_OPTIONS: StoreQueueAdapterOptions = {
  leaseMs: LEASE_MS,
  heartbeatMs: HEARTBEAT_MS,
  shutdownTimeout: SHUTDOWN_TIMEOUT_MS,
  maxCrashes: MAX_CRASHES,
  onListenerError: () => undefined,
  onError: () => undefined,
};

/** The adapter with its store in reach. */
class OpenInMemoryQueueAdapter extends InMemoryQueueAdapter {
  get openStore(): JobStore {
    return this.store;
  }
}

/** What a test may reach into before the adapter is used. */
export interface InMemoryParts {
  readonly adapter: InMemoryQueueAdapter;
  readonly store: JobStore;
  readonly clock: VirtualClock;
}

/** A harness on a virtual clock. `prepare` may replace methods of the parts: to watch them, or to break them. */
export async function createInMemoryHarness(
  request: HarnessRequest,
  prepare: (parts: InMemoryParts) => void = () => undefined,
): Promise<QueueAdapterHarness> {
  const clock = new VirtualClock();
  const adapter = new OpenInMemoryQueueAdapter({
    ...IN_MEMORY_OPTIONS,
    clock,
    maxJobs: request.capacity,
  });
  const store = adapter.openStore;
  const get = store.get.bind(store);
  prepare({ adapter, store, clock });
  const stall = new WorkerStall(store);
  return {
    adapter,
    limits: IN_MEMORY_LIMITS,
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    async inspect(jobId) {
      const job = await get(jobId);
      return job && { status: job.status, attempts: job.attempts };
    },
    async stallWorkers() {
      stall.stallAll();
    },
    async close() {
      stall.release();
      await adapter.close();
    },
  };
}
