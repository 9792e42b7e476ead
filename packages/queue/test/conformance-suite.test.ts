import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, it } from 'vitest';
import { QueueError } from '../src/errors.ts';
import { InMemoryJobStore, type InMemoryJobStoreOptions } from '../src/in-memory/in-memory-job-store.ts';
import type { QueueCapabilities } from '../src/queue-adapter.ts';
import { StoreQueueAdapter } from '../src/store-queue-adapter.ts';
import {
  type AdapterFeature,
  type HarnessRequest,
  type QueueAdapterHarness,
  queueAdapterConformance,
  type SkippedCases,
  WorkerStall,
} from '../src/testing/index.ts';
import { CollectingRunner } from './collecting-runner.ts';
import {
  createInMemoryHarness,
  IN_MEMORY_LACKS,
  IN_MEMORY_LIMITS,
  IN_MEMORY_OPTIONS,
} from './in-memory-harness.ts';

const SKIPS_CASE = 'every skip names a case and gives a reason';
const DECLARATION_CASE = 'the adapter declares exactly what the suite was told it can do';

/** Runs the suite with what is given, and gives the names of the cases that failed. */
async function runSuite(options: {
  readonly skip?: SkippedCases;
  readonly lacks?: readonly AdapterFeature[];
  readonly create?: (request: HarnessRequest) => Promise<QueueAdapterHarness>;
}): Promise<{ runner: CollectingRunner; failed: string[] }> {
  const runner = new CollectingRunner();
  const {
    create = (request: HarnessRequest) => createInMemoryHarness(request),
    lacks = IN_MEMORY_LACKS,
    skip = {},
  } = options;
  queueAdapterConformance(runner, { name: 'adapter', create, lacks, skip });
  return { runner, failed: [...(await runner.failures()).keys()] };
}

/** A store that can do less than it could. */
class LimitedStore extends InMemoryJobStore {
  override readonly capabilities: QueueCapabilities = {
    durability: 'process',
    isShared: false,
    priorities: false,
    scheduling: false,
    cancelRunning: false,
    transactions: false,
    aging: false,
    fairness: false,
    sharedState: false,
    filters: ['status', 'queue', 'type', 'limit', 'offset', 'order'],
  };

  constructor(options: InMemoryJobStoreOptions) {
    super(options);
    // What a store does not have is absent, and not a part that refuses.
    Reflect.deleteProperty(this, 'shared');
  }

  override async cancel(id: string) {
    if ((await this.get(id))?.status !== 'processing') return super.cancel(id);
    throw new QueueError('QUEUE_UNSUPPORTED', 'This store cannot cancel a running job.');
  }
}

const LIMITED_LACKS: readonly AdapterFeature[] = [
  ...IN_MEMORY_LACKS,
  'priorities',
  'scheduling',
  'cancelRunning',
  'aging',
  'fairness',
  'sharedState',
  'capacity',
  'filter:name',
  'filter:tag',
  'filter:owner',
];

async function createLimitedHarness(): Promise<QueueAdapterHarness> {
  const clock = new VirtualClock();
  const limits = {
    maxJobs: 10_000,
    keepCompleted: 1000,
    keepFailed: 1000,
    keepCancelled: 1000,
    finishedMaxAge: 1e12,
  };
  const store = new LimitedStore({ clock, ...limits });
  const stall = new WorkerStall(store);
  const adapter = new StoreQueueAdapter(store, { ...IN_MEMORY_OPTIONS, clock });
  return {
    adapter,
    limits: IN_MEMORY_LIMITS,
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    stallWorkers: async () => stall.stallAll(),
    async inspect(jobId) {
      const job = await store.get(jobId);
      return job && { status: job.status, attempts: job.attempts };
    },
    async close() {
      stall.release();
      await adapter.close();
    },
  };
}

// Each of these runs the whole suite, which takes longer than a usual test.
describe('skips of the suite', { timeout: 60_000 }, () => {
  it('a skipped case is shown with its reason and does not run', async () => {
    const name = 'an empty add stores nothing';
    const { runner, failed } = await runSuite({ skip: { [name]: 'decided in ADR 0042' } });
    expect(failed).toEqual([]);
    expect(runner.skipped).toEqual([`${name} (skipped: decided in ADR 0042)`]);
    expect(runner.cases.map((each) => each.name)).not.toContain(name);
  });

  it('a skip that names no case fails the suite', async () => {
    const { failed } = await runSuite({ skip: { 'a case that was renamed': 'decided in ADR 0042' } });
    expect(failed).toEqual([SKIPS_CASE]);
  });

  it('a skip without a reason fails the suite', async () => {
    const { failed } = await runSuite({ skip: { 'an empty add stores nothing': ' ' } });
    expect(failed).toEqual([SKIPS_CASE]);
  });
});

describe('capabilities in the suite', { timeout: 60_000 }, () => {
  it('the names of all cases differ', async () => {
    const { runner } = await runSuite({});
    const names = runner.cases.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('an adapter that can do less and says so passes, its refusals included', async () => {
    const { runner, failed } = await runSuite({ lacks: LIMITED_LACKS, create: createLimitedHarness });
    expect(failed).toEqual([]);
    const refusals = runner.cases
      .map(({ name }) => name)
      .filter((name) => name.includes('because the adapter'));
    expect(refusals).toHaveLength(10);
  });

  it('an adapter that can do less than the suite was told is found out', async () => {
    const { failed } = await runSuite({ create: createLimitedHarness });
    expect(failed).toContain(DECLARATION_CASE);
  });

  it('an adapter that pretends instead of refusing is found out', async () => {
    const { failed } = await runSuite({ lacks: [...IN_MEMORY_LACKS, 'scheduling', 'filter:tag'] });
    expect(failed).toEqual([
      DECLARATION_CASE,
      'a job for later is refused, because the adapter cannot schedule',
      'findJobs narrowed by tag is refused, because the adapter cannot',
    ]);
  });
});
