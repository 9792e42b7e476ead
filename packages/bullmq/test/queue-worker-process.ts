/**
 * A process that works on a queue and never ends a job, until it is killed. Prints a line for each job it starts.
 *
 *     node --conditions=@townkrier/source queue-worker-process.ts <url> <prefix> <leaseMs>
 */
import { BullMqQueueAdapter } from '../src/index.ts';

const [, , connection = '', prefix = '', leaseMs = ''] = process.argv;
const adapter = new BullMqQueueAdapter({ connection, prefix, leaseMs: Number(leaseMs) });
adapter.work(({ job }) => {
  console.log(`began ${job.id}`);
  return new Promise(() => undefined);
});
