import { parseOptions, systemClock } from '@townkrier/core';
import { z } from 'zod';
import { StoreQueueAdapter } from '../store-queue-adapter.ts';
import { type StoreQueueAdapterOptions, storeQueueAdapterShape } from '../store-queue-adapter-options.ts';
import { InMemoryJobStore } from './in-memory-job-store.ts';

/** Options of an {@link InMemoryQueueAdapter}. */
export interface InMemoryQueueAdapterOptions extends StoreQueueAdapterOptions {
  /** Unfinished jobs kept at most; adding more is refused with `QUEUE_FULL`. @default 1000000 */
  readonly maxJobs?: number | undefined;
  /** Completed jobs kept; older ones go first. @default 1000 */
  readonly keepCompleted?: number | undefined;
  /** Failed jobs kept. @default 5000 */
  readonly keepFailed?: number | undefined;
  /** Cancelled jobs kept. @default 1000 */
  readonly keepCancelled?: number | undefined;
  /** Milliseconds a finished job is kept at most. @default 604800000, a week */
  readonly finishedMaxAge?: number | undefined;
}

const storeShape = {
  maxJobs: z.int().min(1).default(1_000_000),
  keepCompleted: z.int().min(0).default(1_000),
  keepFailed: z.int().min(0).default(5_000),
  keepCancelled: z.int().min(0).default(1_000),
  finishedMaxAge: z
    .number()
    .min(0)
    .default(7 * 86_400_000),
};
const schema = z.strictObject({ ...storeQueueAdapterShape, ...storeShape });

/**
 * A queue in the memory of this process: for tests, for development, and for work that may be lost when the process ends. Nothing survives a restart.
 *
 * @example
 * const queueManager = new QueueManager(new InMemoryQueueAdapter({ maxRetries: 5 }), notificationManager);
 */
export class InMemoryQueueAdapter extends StoreQueueAdapter {
  /** @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option, naming key and value. */
  constructor(options: InMemoryQueueAdapterOptions = {}) {
    const { maxJobs, keepCompleted, keepFailed, keepCancelled, finishedMaxAge, ...rest } = options;
    const { clock = systemClock } = parseOptions(schema, options, 'InMemoryQueueAdapter');
    const limits = { maxJobs, keepCompleted, keepFailed, keepCancelled, finishedMaxAge };
    super(
      new InMemoryJobStore({
        clock,
        ...parseOptions(z.strictObject(storeShape), limits, 'InMemoryQueueAdapter'),
      }),
      rest,
    );
  }
}
