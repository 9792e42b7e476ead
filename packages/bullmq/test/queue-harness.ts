import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { VirtualClock } from '@townkrier/core/testing';
import type { JobStore } from '@townkrier/queue';
import {
  type AdapterFeature,
  type HarnessLimits,
  type HarnessRequest,
  type JobStoreHarness,
  type QueueAdapterHarness,
  WorkerStall,
} from '@townkrier/queue/testing';
import { Redis } from 'ioredis';
import { BullMqJobStore } from '../src/bullmq-job-store.ts';
import { BullMqQueueAdapter } from '../src/bullmq-queue-adapter.ts';
import { readRawJob } from './raw-job.ts';
import { VirtualLocks } from './virtual-locks.ts';

const LEASE_MS = 15_000;
const HEARTBEAT_MS = 5000;
const SHUTDOWN_TIMEOUT_MS = 25_000;
const MAX_CRASHES = 3;

/** What BullMQ offers no index for or orders by, and what Redis cannot do for others. */
export const BULLMQ_LACKS: readonly AdapterFeature[] = [
  'transactions',
  'aging',
  'fairness',
  'filter:type',
  'filter:name',
  'filter:tag',
  'filter:owner',
];

const LIMITS: HarnessLimits = {
  leaseHeldMs: LEASE_MS - HEARTBEAT_MS,
  leaseOverMs: LEASE_MS + HEARTBEAT_MS,
  maxCrashes: MAX_CRASHES,
  shutdownTimeoutMs: SHUTDOWN_TIMEOUT_MS,
  toleranceMs: 0,
};

/** A poll that no case lives to see: what happens in time happens because somebody was told. */
const NEVER = 1e9;

/** The adapter with its store in reach. */
class OpenAdapter extends BullMqQueueAdapter {
  get openStore(): JobStore {
    return this.store;
  }
}

/** A Redis under a prefix of its own, with time that is moved: BullMQ is told the moment with every call, and its locks are made to run out by hand. */
class Backend {
  readonly clock = new VirtualClock();
  readonly prefix = `test-${randomUUID()}`;
  readonly redis: Redis;
  readonly #locks: VirtualLocks;
  readonly #clients: Redis[] = [];
  readonly #url: string;
  #isClosed = false;

  constructor(url: string) {
    this.#url = url;
    this.redis = new Redis(url);
    this.#locks = new VirtualLocks(this.redis, `${this.prefix}:*:lock`);
  }

  /** A client for an adapter, whose commands are waited for. */
  connect(): Redis {
    const client = new Redis(this.#url, { maxRetriesPerRequest: null });
    this.#clients.push(client);
    return client;
  }

  /** Lets time pass from one timer to the next, so that what each causes is over before the next fires. */
  async advance(ms: number): Promise<void> {
    await this.settle();
    if (this.#isClosed) return;
    const target = this.clock.now() + ms;
    while (this.clock.now() < target) {
      const next = Math.min(this.clock.nextTimerAt ?? target, target);
      const step = Math.max(next - this.clock.now(), 0);
      await this.#locks.age(this.clock.now(), step);
      await this.clock.advance(step);
      await this.settle();
    }
  }

  /** Resolves when nothing is under way between the adapters and Redis: twice in a row all was quiet. */
  async settle(): Promise<void> {
    // While the harness closes, what is left is its own.
    if (this.#isClosed) return wait(2);
    for (let quiet = 0; quiet < 2; ) {
      await nextTurn();
      // An answer to this comes after everything that Redis had to tell others by now. There is none when the harness is closed meanwhile.
      await this.redis.ping().catch(() => undefined);
      await nextTurn();
      quiet = this.#clients.some(isBusy) ? 0 : quiet + 1;
    }
  }

  async clean(): Promise<void> {
    this.#isClosed = true;
    const keys = await this.redis.keys(`${this.prefix}:*`);
    if (keys.length > 0) await this.redis.unlink(keys);
    for (const client of [...this.#clients, this.redis]) client.disconnect();
  }
}

/** Whether a client waits for an answer. */
function isBusy(client: Redis): boolean {
  const queue: unknown = Reflect.get(client, 'commandQueue');
  return typeof queue === 'object' && queue !== null && Number(Reflect.get(queue, 'length')) > 0;
}

/** An adapter on a prefix of its own and a virtual clock, which all adapters of the harness share. */
export async function createBullMqHarness(
  url: string,
  request: HarnessRequest = {},
): Promise<QueueAdapterHarness> {
  const backend = new Backend(url);
  const stalls: WorkerStall[] = [];
  const adapters: BullMqQueueAdapter[] = [];
  const open = (): BullMqQueueAdapter => {
    const adapter = new OpenAdapter({
      connection: backend.connect(),
      prefix: backend.prefix,
      clock: backend.clock,
      leaseMs: LEASE_MS,
      heartbeatMs: HEARTBEAT_MS,
      shutdownTimeout: SHUTDOWN_TIMEOUT_MS,
      maxCrashes: MAX_CRASHES,
      pollInterval: NEVER,
      ...(request.capacity !== undefined && { maxJobs: request.capacity }),
      onListenerError: () => undefined,
      onError: () => undefined,
    });
    stalls.push(new WorkerStall(adapter.openStore));
    adapters.push(adapter);
    return adapter;
  };
  const adapter = open();
  await adapter.ping();
  const stallWorkers = async (): Promise<void> => {
    for (const stall of stalls) stall.stallAll();
  };
  return {
    adapter,
    limits: LIMITS,
    now: () => backend.clock.now(),
    advance: (ms) => backend.advance(ms),
    inspect: (jobId) => readRawJob(backend, jobId),
    stallWorkers,
    connect: async () => open(),
    async restart() {
      await stallWorkers();
      return open();
    },
    async close() {
      for (const stall of stalls) stall.release();
      await Promise.all(adapters.map((each) => each.close()));
      await backend.clean();
    },
  };
}

/** A bare store on a prefix of its own and a virtual clock. */
export async function createBullMqStoreHarness(url: string): Promise<JobStoreHarness> {
  const backend = new Backend(url);
  const stores: BullMqJobStore[] = [];
  const open = (): BullMqJobStore => {
    const store = new BullMqJobStore({
      connection: backend.connect(),
      prefix: backend.prefix,
      clock: backend.clock,
      leaseMs: LEASE_MS,
      enqueueTimeout: 2000,
      maxJobs: Number.POSITIVE_INFINITY,
      finishedMaxAge: 86_400_000,
      onError: () => undefined,
    });
    stores.push(store);
    return store;
  };
  const store = open();
  await store.ping();
  return {
    store,
    now: () => backend.clock.now(),
    advance: (ms) => backend.advance(ms),
    inspect: (jobId) => readRawJob(backend, jobId),
    connect: async () => open(),
    async close() {
      await Promise.all(stores.map((each) => each.close()));
      await backend.clean();
    },
  };
}
