import { Queue, Worker } from 'bullmq';
import { type EngineSource, required } from './engine.ts';

const QUEUE = 'benchmark';

/** BullMQ by itself, with its defaults: finished jobs are kept. */
export function bareBullmq(append: 'no' | 'everysec' = 'no'): EngineSource {
  return {
    name: append === 'no' ? 'bare BullMQ' : `bare BullMQ (append ${append})`,
    needs: [append === 'no' ? 'redis' : 'redisAppend'],
    async open({ redisUrl, redisAppendUrl, name }) {
      const { hostname, port } = new URL(required(append === 'no' ? redisUrl : redisAppendUrl));
      const options = {
        connection: { host: hostname, port: Number(port), maxRetriesPerRequest: null },
        prefix: name,
      };
      const queue = new Queue(QUEUE, options);
      await queue.waitUntilReady();
      return {
        add: (payload, delay) => queue.add(QUEUE, payload, delay === undefined ? {} : { delay }),
        addMany: (payloads) => queue.addBulk(payloads.map((data) => ({ name: QUEUE, data }))),
        async work(handler, concurrency) {
          const worker = new Worker(QUEUE, ({ data }) => handler(data), { ...options, concurrency });
          await worker.waitUntilReady();
        },
      };
    },
  };
}
