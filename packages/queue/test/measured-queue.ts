import { VirtualClock } from '@townkrier/core/testing';
import { z } from 'zod';
import { defineJob } from '../src/define-job.ts';
import { QueueError, QueueErrorCode } from '../src/errors.ts';
import { ForwardingQueueAdapter } from '../src/forwarding-queue-adapter.ts';
import { InMemoryJobStore } from '../src/in-memory/in-memory-job-store.ts';
import type { SharedState } from '../src/job-store.ts';
import type { QueueAdapter, QueueStats } from '../src/queue-adapter.ts';
import { QueueManager, type QueueManagerOptions } from '../src/queue-manager.ts';
import { StoreQueueAdapter } from '../src/store-queue-adapter.ts';

/** Takes so many milliseconds, and then fails if it was told to. */
export const build = defineJob({
  name: 'site.build',
  queue: 'builds',
  payload: z.object({ ms: z.number(), fails: z.boolean().default(false) }),
  retries: 0,
});

const DAY = 86_400_000;
const LIMITS = {
  maxJobs: 1000,
  keepCompleted: 1000,
  keepFailed: 1000,
  keepCancelled: 1000,
  finishedMaxAge: 30 * DAY,
};

/** An adapter that counts how often the jobs are counted, and whose shared counts of what became of jobs can be away. */
class WatchedAdapter extends ForwardingQueueAdapter {
  statsRead = 0;
  isAway = false;
  /** Why jobs cannot be counted. */
  fault: Error | null = null;
  override readonly shared: SharedState;

  constructor(adapter: QueueAdapter, shared: SharedState) {
    super(adapter);
    const reach = (key: string) => {
      if (this.isAway && key.startsWith('metrics:')) {
        throw new QueueError(QueueErrorCode.QUEUE_UNAVAILABLE, 'the counts are away');
      }
      return shared;
    };
    this.shared = {
      read: async (key) => reach(key).read(key),
      list: async (prefix) => reach(prefix).list(prefix),
      write: async (change) => reach(change.key).write(change),
      now: () => shared.now(),
      onChange: (callback) => shared.onChange(callback),
    };
  }

  override getStats(queue?: string): Promise<QueueStats> {
    this.statsRead++;
    if (this.fault !== null) return Promise.reject(this.fault);
    return super.getStats(queue);
  }
}

/** One process that works, on a store that others may share. */
export interface MeasuredProcess {
  readonly adapter: WatchedAdapter;
  readonly queue: QueueManager;
  /** What was reported. */
  readonly errors: unknown[];
}

/** A store on a virtual clock, and processes that work on it. */
export class MeasuredQueue {
  readonly clock = new VirtualClock(Date.UTC(2026, 0, 10, 12));
  readonly store = new InMemoryJobStore({ clock: this.clock, ...LIMITS });
  readonly #processes: MeasuredProcess[] = [];

  open(options: QueueManagerOptions = {}): MeasuredProcess {
    const { clock, store } = this;
    const errors: unknown[] = [];
    const adapter = new WatchedAdapter(new StoreQueueAdapter(store, { clock, maxCrashes: 1 }), store.shared);
    const onError = (error: unknown) => errors.push(error);
    const queue = new QueueManager(adapter, undefined, { clock, statistics: true, onError, ...options });
    queue.handle(build, async ({ payload }) => {
      await new Promise<void>((resolve) => clock.schedule(resolve, payload.ms));
      if (payload.fails) throw new Error('the build failed');
    });
    const process = { adapter, queue, errors };
    this.#processes.push(process);
    return process;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { adapter } of this.#processes) adapter.isAway = false;
    const closed = Promise.all(this.#processes.map(({ queue }) => queue.close()));
    // What is in hand ends, so that nobody waits for it.
    await this.clock.advance(20_000);
    await closed;
  }
}
