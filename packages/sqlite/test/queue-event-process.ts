/**
 * A process that adds so many jobs, one after the other, works them off and ends, telling everybody.
 *
 *     node --conditions=@townkrier/source queue-event-process.ts <file> <name> <times>
 */
import { SqliteQueueAdapter } from '../src/queue/index.ts';

const [, , file = '', name = '', times = '0'] = process.argv;
const adapter = new SqliteQueueAdapter({
  file,
  durability: 'normal',
  eventStream: true,
  busyTimeout: 20_000,
});
const done = new Set<string>();
adapter.on('job:completed', ({ jobId }) => done.add(jobId));
const isDone = Promise.withResolvers<void>();
adapter.on('job:completed', () => done.size === Number(times) && isDone.resolve());
adapter.work(() => null, { queues: [name] });
for (let i = 0; i < Number(times); i++) {
  await adapter.add([{ id: `${name}-${i}`, queue: name, type: 'mail', payload: null }]);
}
await isDone.promise;
await adapter.close();
