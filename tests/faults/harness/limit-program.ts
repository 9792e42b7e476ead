/** A process that works on a queue with a limit, and notes when each job started. */
import { setTimeout as wait } from 'node:timers/promises';
import type { RateLimitOptions } from '@townkrier/queue';
import { openQueue, type QueueAddress } from './backends.ts';
import { readSettings, sayReady } from './child-program.ts';
import { LineWriter } from './line-file.ts';

/** What such a process is told. */
export interface LimitSettings {
  readonly queue: QueueAddress;
  readonly name: string;
  readonly rateLimit: RateLimitOptions;
  readonly concurrency: number;
  /** Milliseconds a job takes. */
  readonly runMs: number;
  /** Where it notes the moment and the key of each start. */
  readonly starts: string;
  /** A fault that the test must find: its worker knows of no limit. */
  readonly fault?: 'no limit';
}

const { queue, name, rateLimit, concurrency, runMs, starts, fault } = readSettings<LimitSettings>();
const { adapter } = await openQueue(queue, { pollInterval: 200 });
const lines = new LineWriter(starts);

adapter.work(
  async ({ job }) => {
    lines.write(Date.now(), job.groupKey ?? '-');
    await wait(runMs);
    return undefined;
  },
  { queues: [name], concurrency, ...(fault === undefined && { rateLimit }) },
);
sayReady();
