import { PgBoss } from 'pg-boss';
import type { BenchmarkPayload } from '../harness/payload.ts';
import { type EngineHandler, type EngineSource, required } from './engine.ts';

const QUEUE = 'benchmark';

/**
 * `fetch`: a loop over its `fetch` and `complete`, the fastest way it offers. `work`: its own worker, which fetches on while batches are full. Both take batches
 * as large as the others' concurrency. `notify`: its worker, woken by the database. Jobs are kept, for seven days.
 */
export function pgBoss(way: 'fetch' | 'work' | 'notify'): EngineSource {
  return {
    name: `pg-boss (${way})`,
    needs: ['postgres'],
    async open({ postgresUrl, name }) {
      const boss = new PgBoss({
        connectionString: required(postgresUrl),
        schema: name,
        useListenNotify: way === 'notify',
      });
      await boss.start();
      await boss.createQueue(QUEUE, { notify: way === 'notify' });
      return {
        add: (payload) => boss.send(QUEUE, payload),
        addMany: (payloads) =>
          boss.insert(
            QUEUE,
            payloads.map((data) => ({ data })),
          ),
        async work(handler, concurrency) {
          if (way === 'fetch') void fetchUntilEmpty(boss, handler, concurrency);
          else await startWorker(boss, handler, way === 'notify' ? 1 : concurrency);
        },
      };
    },
  };
}

async function fetchUntilEmpty(boss: PgBoss, handler: EngineHandler, batchSize: number): Promise<void> {
  for (;;) {
    const jobs = await boss.fetch<BenchmarkPayload>(QUEUE, { batchSize });
    if (jobs.length === 0) return;
    await Promise.all(jobs.map(({ data }) => handler(data)));
    await boss.complete(
      QUEUE,
      jobs.map(({ id }) => id),
    );
  }
}

async function startWorker(boss: PgBoss, handler: EngineHandler, batchSize: number): Promise<void> {
  const options = { batchSize, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };
  await boss.work<BenchmarkPayload>(QUEUE, options, async (jobs) => {
    await Promise.all(jobs.map(({ data }) => handler(data)));
  });
}
