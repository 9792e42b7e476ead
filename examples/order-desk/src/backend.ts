import { join } from 'node:path';
import { BullMqQueueAdapter } from '@townkrier/bullmq';
import { FailoverQueueAdapter, type QueueAdapter } from '@townkrier/queue';
import { SqliteQueueAdapter } from '@townkrier/sqlite/queue';
import type { Settings } from './settings.ts';

/** A process that was killed counts as dead after so many milliseconds, and others go on with what it had in hand. */
const leaseMs = 5_000;
/** Finished jobs, and with them the keys that keep an order from being handled twice, are kept for a week. */
const finishedMaxAge = 7 * 86_400_000;

/** What keeps the jobs. */
export interface Backend {
  readonly name: 'redis' | 'sqlite';
  readonly adapter: QueueAdapter;
  /** Which side is in use, where there are two. */
  readonly failover: FailoverQueueAdapter | null;
}

/**
 * BullMQ on Redis where `REDIS_URL` names one, and a SQLite file while it is away; without it the file alone. It is the same file, so jobs that wait in it from a run without Redis move there.
 *
 * @param say - Told which one is used, at the start and at every change.
 */
export function openBackend({ redisUrl, dataFolder }: Settings, say: (line: string) => void): Backend {
  const file = join(dataFolder, 'queue.db');
  // A power cut may take the latest jobs, never an order: the next sweep queues what is not mailed.
  const sqlite = new SqliteQueueAdapter({ file, durability: 'normal', leaseMs, finishedMaxAge });
  if (redisUrl === undefined) {
    say(`Queue: SQLite, in ${file}. Set REDIS_URL to use Redis.`);
    return { name: 'sqlite', adapter: sqlite, failover: null };
  }
  const redis = new BullMqQueueAdapter({
    connection: redisUrl,
    prefix: 'order-desk',
    enqueueTimeout: 400,
    leaseMs,
    finishedMaxAge,
    // The failover tells that Redis is away; its workers need not say so, too.
    onError: () => undefined,
  });
  const failover = new FailoverQueueAdapter(redis, sqlite, { whileDown: 'work' });
  const { host } = new URL(redisUrl);
  failover.on('failover:closed', () => say(`Queue: Redis at ${host}, through BullMQ.`));
  failover.on('failover:opened', ({ reason }) => say(`Queue: SQLite, in ${file}; Redis is away: ${reason}`));
  failover.on('failover:drained', ({ count }) => say(`Queue: ${count} jobs moved from SQLite to Redis.`));
  return { name: 'redis', adapter: failover, failover };
}
