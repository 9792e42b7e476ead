/**
 * What a rate limit costs that is never reached, of jobs that do nothing: worked off from a backlog, 100 hands.
 *
 *     node benchmarks/queue-limits.ts [rounds] [words of engine or scenario]
 */
import { join } from 'node:path';
import { BullMqQueueAdapter } from '@townkrier/bullmq';
import { PostgresQueueAdapter } from '@townkrier/postgres/queue';
import { InMemoryQueueAdapter, type QueueAdapter, type RateLimitOptions } from '@townkrier/queue';
import { SqliteQueueAdapter } from '@townkrier/sqlite/queue';
import { required } from './engines/engine.ts';
import { engineOf } from './engines/townkrier.ts';
import { measure } from './harness/cases.ts';
import { report } from './harness/report.ts';
import type { Place, ServiceName } from './harness/services.ts';
import { PROCESS, throughputCases } from './harness/throughput.ts';

const ROUNDS = 5;
const LOAD = { callers: 100, concurrency: 100 };
const LIMIT: RateLimitOptions = { max: 1_000_000, per: 1_000 };
/** Of the jobs a second without a limit. */
const AIM = 0.85;

interface Backend {
  readonly needs: readonly ServiceName[];
  open(place: Place): QueueAdapter;
}

const BACKENDS: Readonly<Record<string, Backend>> = {
  'in memory': { needs: [], open: () => new InMemoryQueueAdapter() },
  SQLite: { needs: [], open: ({ folder }) => new SqliteQueueAdapter({ file: join(folder, 'queue.db') }) },
  PostgreSQL: {
    needs: ['postgres'],
    open: ({ postgresUrl, name }) =>
      new PostgresQueueAdapter({ connection: required(postgresUrl), schema: name }),
  },
  BullMQ: {
    needs: ['redis'],
    open: ({ redisUrl, name }) => new BullMqQueueAdapter({ connection: required(redisUrl), prefix: name }),
  },
};

const withLimit = (backend: string): string => `${backend}, with a limit`;

/** The adapter, with a limit on the only queue there is. */
function limited(adapter: QueueAdapter): QueueAdapter {
  const work = adapter.work.bind(adapter);
  adapter.work = (handler, options) => work(handler, { ...options, queues: ['default'], rateLimit: LIMIT });
  return adapter;
}

const cases = Object.entries(BACKENDS).flatMap(([backend, { needs, open }]) => [
  ...throughputCases({ name: backend, needs, open: async (place) => engineOf(open(place)) }, LOAD),
  ...throughputCases(
    { name: withLimit(backend), needs, open: async (place) => engineOf(limited(open(place))) },
    LOAD,
  ),
]);

report(
  'Limits: jobs a second',
  await measure(
    import.meta.url,
    cases.filter(({ scenario }) => scenario === PROCESS),
    ROUNDS,
  ),
  [{ scenario: PROCESS, figure: 'perSecond', title: PROCESS }],
  Object.keys(BACKENDS).map((backend) => ({
    scenario: PROCESS,
    figure: 'perSecond',
    ours: withLimit(backend),
    others: [backend],
    atLeast: AIM,
  })),
);
