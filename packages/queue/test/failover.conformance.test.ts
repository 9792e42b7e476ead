import { VirtualClock } from '@townkrier/core/testing';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { FailoverQueueAdapter } from '../src/failover/failover-queue-adapter.ts';
import { InMemoryQueueAdapter } from '../src/in-memory/in-memory-queue-adapter.ts';
import type { JobStore } from '../src/job-store.ts';
import {
  type HarnessRequest,
  type QueueAdapterHarness,
  queueAdapterConformance,
  queueModelConformance,
  WorkerStall,
} from '../src/testing/index.ts';
import { IN_MEMORY_LACKS, IN_MEMORY_LIMITS, IN_MEMORY_OPTIONS } from './in-memory-harness.ts';
import { SwitchableAdapter } from './switchable-adapter.ts';

class OpenInMemoryQueueAdapter extends InMemoryQueueAdapter {
  get openStore(): JobStore {
    return this.store;
  }
}

/** Two queues in memory, of which the primary is there or not; what is stored is looked for where jobs then go. */
async function createHarness(
  { capacity }: HarnessRequest,
  isPrimaryThere: boolean,
): Promise<QueueAdapterHarness> {
  const clock = new VirtualClock();
  const make = () => new OpenInMemoryQueueAdapter({ ...IN_MEMORY_OPTIONS, clock, maxJobs: capacity });
  const [primary, fallback] = [make(), make()];
  const switchable = new SwitchableAdapter(primary);
  switchable.state = isPrimaryThere ? 'answers' : 'rejects';
  const adapter = new FailoverQueueAdapter(switchable, fallback, {
    whileDown: 'work',
    clock,
    onError: () => undefined,
    onListenerError: () => undefined,
  });
  const store = (isPrimaryThere ? primary : fallback).openStore;
  const stall = new WorkerStall(store);
  return {
    adapter,
    limits: IN_MEMORY_LIMITS,
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    async inspect(jobId) {
      const job = await store.get(jobId);
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

const MAY_BE_THE_PRIMARYS =
  'a job that the fallback does not know may be in the primary, which is away: QUEUE_UNAVAILABLE; see failover-reads.test.ts';

const SHARED_BY_THE_PRIMARY =
  'what processes share is in the primary alone, which is away: QUEUE_UNAVAILABLE; see failover-reads.test.ts';

queueAdapterConformance(
  { describe, it },
  {
    name: 'FailoverQueueAdapter whose primary is there',
    create: (request) => createHarness(request, true),
    lacks: IN_MEMORY_LACKS,
  },
);

queueModelConformance({ describe, it }, fc, {
  name: 'FailoverQueueAdapter whose primary is there',
  create: (request) => createHarness(request, true),
  lacks: IN_MEMORY_LACKS,
});

/** Leaves out the cases that speak of a primary that answers, instead of showing them as skipped: what holds in their place is tested where each reason says. */
const withoutSkips = { describe, it: (name: string, run: () => Promise<void>) => it(name, run) };

queueAdapterConformance(withoutSkips, {
  name: 'FailoverQueueAdapter whose primary is away',
  create: (request) => createHarness(request, false),
  lacks: IN_MEMORY_LACKS,
  skip: {
    'a job in hand is processing, counted and stamped':
      'the id of a worker is that of its worker on the primary, and here the one on the fallback runs the job; see failover-work.test.ts',
    'getJob of an id nobody knows is null': MAY_BE_THE_PRIMARYS,
    'a retry by hand of a job nobody knows is refused': MAY_BE_THE_PRIMARYS,
    'a cancel of a job nobody knows is refused': MAY_BE_THE_PRIMARYS,
    'a pending job that is deleted is forgotten and never runs': MAY_BE_THE_PRIMARYS,
    'a scheduled job that is deleted is forgotten and never runs': MAY_BE_THE_PRIMARYS,
    'a job deleted between two tries is forgotten and not tried again': MAY_BE_THE_PRIMARYS,
    'a job that has ended can be deleted': MAY_BE_THE_PRIMARYS,
    'a second delete of a job is refused': MAY_BE_THE_PRIMARYS,
    'nothing is told ahead of a job that is not due, has ended or is not kept': MAY_BE_THE_PRIMARYS,
    'a shared value is read as it was written, until it is removed': SHARED_BY_THE_PRIMARY,
    'shared values are listed by how their keys begin, in the order of the keys': SHARED_BY_THE_PRIMARY,
    'a write after somebody else wrote is refused and changes nothing': SHARED_BY_THE_PRIMARY,
    'the version of a shared value never comes back, also when it was removed in between':
      SHARED_BY_THE_PRIMARY,
    'of increments made at the same time none is lost': SHARED_BY_THE_PRIMARY,
    'a write calls those who listen, until they no longer want it': SHARED_BY_THE_PRIMARY,
    'shared state tells the time of the store': SHARED_BY_THE_PRIMARY,
  },
});
