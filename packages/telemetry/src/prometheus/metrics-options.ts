import { functionOption, type NotificationEvents, parseOptions } from '@townkrier/core';
import type { QueueEventListener, QueueEventName, QueueStats } from '@townkrier/queue';
import { type Registry, register } from 'prom-client';
import { z } from 'zod';

/** What is measured of a queue: a `QueueManager`, or a queue adapter. */
export interface MeasuredQueue {
  getStats(queue?: string): Promise<QueueStats>;
  on<Name extends QueueEventName>(event: Name, listener: QueueEventListener<Name>): () => void;
}

/** What is measured of a `NotificationManager`. */
export interface MeasuredNotifications {
  on<Name extends keyof NotificationEvents>(
    event: Name,
    listener: (event: NotificationEvents[Name]) => unknown,
  ): () => void;
}

/** Options of {@link collectMetrics}. */
export interface MetricsOptions {
  readonly queue?: MeasuredQueue | undefined;
  readonly notifications?: MeasuredNotifications | undefined;
  /** Where the metrics go. @default prom-client's global one */
  readonly registry?: Registry | undefined;
  /** The queues shown by name; all others count together as `other`. @default the first 50 that are seen */
  readonly queues?: readonly string[] | undefined;
  /** Seconds, the upper bounds of the buckets of waiting and run times. @default 5 ms to 1 h */
  readonly buckets?: readonly number[] | undefined;
  /** Told when the queue cannot be read at a scrape; `townkrier_queue_up` is 0 then. @default nothing more */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 5, 30, 60, 300, 900, 3600];

const schema = z.strictObject({
  queue: z.custom<MeasuredQueue>(hasOn, 'expected a QueueManager or a queue adapter').optional(),
  notifications: z.custom<MeasuredNotifications>(hasOn, 'expected a NotificationManager').optional(),
  registry: z.custom<Registry>(isRegistry, 'expected a Registry of prom-client').default(register),
  queues: z.array(z.string().min(1)).max(1000).optional(),
  buckets: z.array(z.number().positive()).min(1).default(BUCKETS),
  onError: functionOption<(error: unknown) => void>().default(() => () => undefined),
});

/** Options with every default applied. */
export type ResolvedMetricsOptions = ReturnType<typeof resolveMetricsOptions>;

/** @throws {TownKrierError} `CONFIG_INVALID`, naming key and value. */
export function resolveMetricsOptions(options: MetricsOptions) {
  return parseOptions(schema, options, 'collectMetrics');
}

function hasOn(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'on' in value && typeof value.on === 'function';
}

function isRegistry(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'registerMetric' in value;
}
