import BeeQueue from 'bee-queue';
import { type EngineSource, required } from './engine.ts';

/** With its defaults, except that it looks for delayed jobs, which it otherwise does not. Finished jobs are kept. It has no priorities and no history by time. */
export const beeQueue: EngineSource = {
  name: 'bee-queue',
  needs: ['redis'],
  async open({ redisUrl, name }) {
    const { hostname, port } = new URL(required(redisUrl));
    const queue = new BeeQueue(name, {
      redis: { host: hostname, port: Number(port) },
      activateDelayedJobs: true,
    });
    await queue.ready();
    return {
      add(payload, delay) {
        const job = queue.createJob(payload);
        return (delay === undefined ? job : job.delayUntil(Date.now() + delay)).save();
      },
      addMany: (payloads) => queue.saveAll(payloads.map((payload) => queue.createJob(payload))),
      async work(handler, concurrency) {
        queue.process(concurrency, ({ data }) => handler(data));
      },
    };
  },
};
