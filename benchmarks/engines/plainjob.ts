import { join } from 'node:path';
import Database from 'better-sqlite3';
import { better, defineQueue, defineWorker } from 'plainjob';
import type { EngineSource } from './engine.ts';

/** Its own logger prints a line a job. */
const silent = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
};

/** Jobs are kept. It always asks for `NORMAL`; `FULL` is set after it. It runs one job at a time. */
export function plainjob(durability: 'full' | 'normal'): EngineSource {
  return {
    name: `plainjob (${durability})`,
    needs: [],
    async open({ folder }) {
      const database = new Database(join(folder, 'plainjob.db'));
      const queue = defineQueue({ connection: better(database), logger: silent });
      database.pragma(`synchronous = ${durability}`);
      return {
        add: async (payload, delay = 0) => queue.add('benchmark', payload, { delay }),
        addMany: async (payloads) => queue.addMany('benchmark', [...payloads]),
        async work(handler) {
          const run = (job: { readonly data: string }): Promise<void> => handler(JSON.parse(job.data));
          void defineWorker('benchmark', run, { queue, logger: silent }).start();
        },
      };
    },
  };
}
