import { join } from 'node:path';
import { SqliteQueueAdapter } from '@townkrier/sqlite/queue';

/**
 * The jobs, in one file for all processes, which tell each other what happens to them. A process that was killed counts as dead after five seconds, and others go on with
 * what it had in hand.
 */
export function openQueue(dataFolder: string): SqliteQueueAdapter {
  return new SqliteQueueAdapter({ file: join(dataFolder, 'queue.db'), leaseMs: 5_000, eventStream: true });
}
