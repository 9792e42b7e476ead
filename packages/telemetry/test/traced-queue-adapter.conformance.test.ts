import type { TracerProvider } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { VirtualClock } from '@townkrier/core/testing';
import { InMemoryQueueAdapter, type JobStore } from '@townkrier/queue';
import {
  type HarnessRequest,
  type QueueAdapterHarness,
  queueAdapterConformance,
  WorkerStall,
} from '@townkrier/queue/testing';
import { describe, it } from 'vitest';
import { TracedQueueAdapter } from '../src/opentelemetry/index.ts';

/** The adapter with its store in reach. */
class OpenInMemoryQueueAdapter extends InMemoryQueueAdapter {
  get openStore(): JobStore {
    return this.store;
  }
}

const LIMITS = {
  leaseHeldMs: 10_000,
  leaseOverMs: 20_000,
  maxCrashes: 3,
  shutdownTimeoutMs: 25_000,
  toleranceMs: 0,
} as const;

async function createTracedHarness(
  { capacity }: HarnessRequest,
  tracerProvider?: TracerProvider,
): Promise<QueueAdapterHarness> {
  const clock = new VirtualClock();
  const real = new OpenInMemoryQueueAdapter({
    clock,
    maxJobs: capacity,
    leaseMs: 15_000,
    heartbeatMs: 5000,
    shutdownTimeout: LIMITS.shutdownTimeoutMs,
    maxCrashes: LIMITS.maxCrashes,
    onError: () => undefined,
    onListenerError: () => undefined,
  });
  const get = real.openStore.get.bind(real.openStore);
  const stall = new WorkerStall(real.openStore);
  return {
    adapter: new TracedQueueAdapter(real, { tracerProvider }),
    limits: LIMITS,
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
      await real.close();
    },
  };
}

const lacks = ['isShared', 'durability', 'transactions'] as const;
const KEEPS_A_LINK =
  'the metadata also holds the traceparent, as documented; the same case passes without an SDK';

queueAdapterConformance(
  { describe, it },
  { name: 'TracedQueueAdapter without an SDK', create: createTracedHarness, lacks, skip: {} },
);
queueAdapterConformance(
  // Without `it.skip`, so that what is skipped is left out of the report.
  { describe, it: (name, run) => it(name, run) },
  {
    name: 'TracedQueueAdapter',
    create: (request) => createTracedHarness(request, new BasicTracerProvider()),
    lacks,
    skip: {
      'everything a job is added with can be read again': KEEPS_A_LINK,
      'what a job is added without gets its documented default': KEEPS_A_LINK,
      'changing what was handed to add changes nothing': KEEPS_A_LINK,
      'what a handler does to its job does not reach the store': KEEPS_A_LINK,
    },
  },
);
