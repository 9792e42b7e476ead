import { join } from 'node:path';
import type { QueueAdapter } from '@townkrier/queue';
import type { BenchmarkPayload } from '../harness/payload.ts';
import { type Engine, type EngineSource, required } from './engine.ts';

/*
 * Ours, with default options. Each backend is loaded when it is opened, so that the process of a case holds only what it measures.
 */

/** In SQLite. `full` survives a power cut, `normal` the death of the process. */
export function townkrierSqlite(durability: 'full' | 'normal'): EngineSource {
  return {
    name: `TownKrier (${durability})`,
    needs: [],
    async open({ folder }) {
      const { SqliteQueueAdapter } = await import('@townkrier/sqlite/queue');
      return engineOf(new SqliteQueueAdapter({ file: join(folder, 'queue.db'), durability }));
    },
  };
}

/** In PostgreSQL. */
export const townkrierPostgres: EngineSource = {
  name: 'TownKrier on PostgreSQL',
  needs: ['postgres'],
  async open({ postgresUrl, name }) {
    const { PostgresQueueAdapter } = await import('@townkrier/postgres/queue');
    return engineOf(new PostgresQueueAdapter({ connection: required(postgresUrl), schema: name }));
  },
};

/** On BullMQ and Redis. */
export const townkrierBullmq: EngineSource = {
  name: 'TownKrier on BullMQ',
  needs: ['redis'],
  async open({ redisUrl, name }) {
    const { BullMqQueueAdapter } = await import('@townkrier/bullmq');
    return engineOf(new BullMqQueueAdapter({ connection: required(redisUrl), prefix: name }));
  },
};

/** Any adapter of ours. */
export function engineOf(adapter: QueueAdapter): Engine {
  const toJob = (payload: BenchmarkPayload) => ({ type: 'benchmark', payload });
  return {
    add: (payload, delay) =>
      adapter.add([{ ...toJob(payload), ...(delay !== undefined && { scheduledFor: Date.now() + delay }) }]),
    addMany: (payloads) => adapter.add(payloads.map(toJob)),
    async work(handler, concurrency) {
      adapter.work(({ job }) => handler(job.payload), { concurrency });
    },
  };
}
