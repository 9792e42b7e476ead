import { type Clock, type ListenerErrorHandler, parseOptions } from '@townkrier/core';
import { z } from 'zod';
import { storeQueueAdapterShape } from '../store-queue-adapter-options.ts';

/** Options of a {@link FailoverQueueAdapter}. */
export interface FailoverQueueAdapterOptions {
  /**
   * What becomes of jobs while the primary is away. `hold`: they wait in the fallback. `work`: the workers of this process also run them there.
   * @default 'hold'
   */
  readonly whileDown?: 'hold' | 'work' | undefined;
  /**
   * Milliseconds an `add`, and a ping, wait for the primary before it counts as away: more than the largest `add` takes when all is well, and than the
   * time limit that the primary may have for an add itself. @default 500
   */
  readonly enqueueTimeout?: number | undefined;
  /** Milliseconds that anything else asked of the primary may take: a read, a command, a batch that is moved to it. @default 5000 */
  readonly callTimeout?: number | undefined;
  /** Milliseconds between two pings of a primary that is away, or missed one. @default 1000 */
  readonly pingInterval?: number | undefined;
  /** Milliseconds between two pings of a primary that answers. @default 5000 */
  readonly watchInterval?: number | undefined;
  /** Pings, reads and commands in a row without an answer that make the primary count as away. One `add` without an answer does at once. @default 3 */
  readonly failuresToOpen?: number | undefined;
  /** Milliseconds to wait at most for the primary to stop its workers, and to close. Longer than its own `shutdownTimeout`. @default 30000 */
  readonly shutdownTimeout?: number | undefined;
  /** Where time comes from. @default the machine's clock */
  readonly clock?: Clock | undefined;
  /** Makes the ids of jobs that are added without one. @default nanoid */
  readonly createId?: (() => string) | undefined;
  /** Told when the fallback fails behind the scenes, when the primary refuses a job that waited, and when it does not stop. @default a process warning */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Told when an event listener throws. @default a process warning */
  readonly onListenerError?: ListenerErrorHandler | undefined;
}

const milliseconds = (least: number) => z.number().min(least);
const { clock, createId, onError, onListenerError } = storeQueueAdapterShape;
const schema = z.strictObject({
  whileDown: z.enum(['hold', 'work']).default('hold'),
  enqueueTimeout: milliseconds(1).default(500),
  callTimeout: milliseconds(1).default(5_000),
  pingInterval: milliseconds(1).default(1_000),
  watchInterval: milliseconds(1).default(5_000),
  failuresToOpen: z.int().min(1).default(3),
  shutdownTimeout: milliseconds(0).default(30_000),
  clock,
  createId,
  onError,
  onListenerError,
});

/** Options with every default applied. */
export type ResolvedFailoverOptions = ReturnType<typeof resolveFailoverOptions>;

/**
 * Checks options and applies the defaults.
 * @throws {TownKrierError} `CONFIG_INVALID`, naming key and value.
 */
export function resolveFailoverOptions(options: FailoverQueueAdapterOptions) {
  return parseOptions(schema, options, 'FailoverQueueAdapter');
}
