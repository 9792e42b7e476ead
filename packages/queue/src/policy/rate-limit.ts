import { CoreErrorCode, TownKrierError } from '@townkrier/core';
import { z } from 'zod';
import { unsupported } from '../new-job.ts';
import type { QueueCapabilities, WorkOptions } from '../queue-adapter.ts';

/** So many starts in so much time. */
export interface RateLimit {
  /** Starts at most in any span of `per`, wherever it begins. */
  readonly max: number;
  /** Milliseconds, 100 or more. */
  readonly per: number;
}

/**
 * How often jobs of a queue may start, in all processes together: the queue's jobs, and beside or instead of that those of each `groupKey` by themselves. Jobs
 * without a key are not limited by key.
 */
export type RateLimitOptions =
  | (RateLimit & { readonly key?: RateLimit | undefined })
  | { readonly key: RateLimit; readonly max?: undefined; readonly per?: undefined };

const shape = { max: z.int().min(1), per: z.number().min(100) };
const keySchema = z.strictObject(shape);

/** Checks {@link RateLimitOptions}. */
export const rateLimitSchema = z.union(
  [
    z.strictObject({ ...shape, key: keySchema.optional() }),
    z.strictObject({ max: z.undefined().optional(), per: z.undefined().optional(), key: keySchema }),
  ],
  {
    error:
      'expected { max: whole number of 1 or more, per: milliseconds of 100 or more }, { key: the same }, or both in one',
  },
);

/**
 * Refuses a worker's limit that cannot be kept.
 * @throws {TownKrierError} `CONFIG_INVALID` for a worker of more than one queue. @throws {QueueError} `QUEUE_UNSUPPORTED` where processes share no values.
 */
export function checkRateLimit(
  { rateLimit, queues }: Pick<WorkOptions, 'rateLimit' | 'queues'>,
  { sharedState }: QueueCapabilities,
): void {
  if (rateLimit === undefined) return;
  if (queues?.length !== 1) {
    throw new TownKrierError(
      'work: rateLimit is that of one queue. Let queues name that one, and no other.',
      { code: CoreErrorCode.CONFIG_INVALID },
    );
  }
  if (!sharedState) throw unsupported('values that processes share; leave out the option rateLimit');
}

/** Under which key processes share what a limit has given out. */
export function limitKey(queue: string, groupKey?: string): string {
  const name = queue.replaceAll('%', '%25').replaceAll(':', '%3A');
  return groupKey === undefined ? `limit:${name}` : `limit:${name}:${groupKey}`;
}
