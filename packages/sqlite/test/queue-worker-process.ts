/**
 * A process that works on a queue file until it is told to stop by the end of its input. Prints a line for each job it runs.
 *
 *     node --conditions=@townkrier/source queue-worker-process.ts <file>
 */
import { SqliteQueueAdapter } from '../src/queue/index.ts';

const [, , file = ''] = process.argv;
// No poll and no heartbeat that a test would live to see: what it does it was woken for.
const adapter = new SqliteQueueAdapter({ file, pollInterval: 1e9, leaseMs: 1e9 });
adapter.work(
  ({ job }) => {
    console.log(`ran ${job.id}`);
    return undefined;
  },
  { concurrency: 5 },
);
console.log('ready');
process.stdin.on('end', () => void adapter.close());
process.stdin.resume();
