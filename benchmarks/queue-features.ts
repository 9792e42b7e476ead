/**
 * What each feature costs that a queue is given, of jobs that do nothing: added by 1,000 callers at once, and worked off. Limits, deduplication and events have benchmarks of their
 * own.
 *
 *     node benchmarks/queue-features.ts [rounds] [words of engine or scenario]
 */
import { join } from 'node:path';
import { PostgresQueueAdapter } from '@townkrier/postgres/queue';
import {
  AuditedQueueAdapter,
  defineQueue,
  InMemoryQueueAdapter,
  type JobDefinition,
  type QueueAdapter,
  QueueManager,
  type QueueManagerOptions,
} from '@townkrier/queue';
import { SqliteQueueAdapter } from '@townkrier/sqlite/queue';
import { TracedQueueAdapter } from '@townkrier/telemetry/opentelemetry';
import { required } from './engines/engine.ts';
import { type Figures, measure } from './harness/cases.ts';
import { StopWatch } from './harness/clock.ts';
import { type BenchmarkPayload, idOf, payloadOf } from './harness/payload.ts';
import { report } from './harness/report.ts';
import type { Place, ServiceName } from './harness/services.ts';

const ROUNDS = 5;
const CALLERS = 1_000;
const CONCURRENCY = 100;
const QUEUE = 'default';
const TENANTS = 100;
const PLAIN = 'plain';
/** Of the processor's time without the feature, and of the jobs a second where a server has a part in them. */
const MOST_CPU = 1.15;
const LEAST_JOBS = 0.85;

interface Feature {
  readonly options?: QueueManagerOptions;
  readonly wrap?: (adapter: QueueAdapter) => QueueAdapter;
}

const FEATURES: Readonly<Record<string, Feature>> = {
  [PLAIN]: {},
  'a policy': { options: { queues: [defineQueue({ name: QUEUE, concurrency: CONCURRENCY })] } },
  ageing: { options: { queues: [defineQueue({ name: QUEUE, concurrency: CONCURRENCY, agingMs: 60_000 })] } },
  turns: { options: { queues: [defineQueue({ name: QUEUE, concurrency: CONCURRENCY, isFair: true })] } },
  statistics: { options: { statistics: true } },
  audited: {
    wrap: (adapter) => new AuditedQueueAdapter(adapter, { sink: { write: async () => undefined } }),
  },
  'traced, no SDK': { wrap: (adapter) => new TracedQueueAdapter(adapter) },
};

interface Backend {
  readonly needs: readonly ServiceName[];
  readonly jobs: number;
  open(place: Place): QueueAdapter;
}

const BACKENDS: Readonly<Record<string, Backend>> = {
  'in memory': { needs: [], jobs: 50_000, open: () => new InMemoryQueueAdapter() },
  SQLite: {
    needs: [],
    jobs: 20_000,
    open: ({ folder }) => new SqliteQueueAdapter({ file: join(folder, 'queue.db') }),
  },
  PostgreSQL: {
    needs: ['postgres'],
    jobs: 10_000,
    open: ({ postgresUrl, name }) =>
      new PostgresQueueAdapter({ connection: required(postgresUrl), schema: name }),
  },
};

/** A kind of job without a schema, so that none is measured. */
const task: JobDefinition<'task', BenchmarkPayload, BenchmarkPayload> = {
  name: 'task',
  queue: QUEUE,
  version: 1,
  retries: undefined,
  backoff: undefined,
  timeout: undefined,
  priority: undefined,
  removeAfter: undefined,
  keyRetention: undefined,
  expiresIn: undefined,
  store: (payload) => payload,
  read: ({ payload }) => payloadOf(idOf(payload)),
};

const cases = Object.entries(BACKENDS).flatMap(([engine, { needs, jobs, open }]) =>
  Object.entries(FEATURES).map(([scenario, { wrap = (adapter: QueueAdapter) => adapter, options }]) => ({
    engine,
    scenario,
    needs,
    run: (place: Place) => addAndRun(new QueueManager(wrap(open(place)), undefined, options), jobs),
  })),
);

report(
  'features: jobs a second, end to end',
  await measure(import.meta.url, cases, ROUNDS),
  Object.keys(FEATURES).flatMap((scenario) => [
    { scenario, figure: 'perSecond', title: scenario },
    { scenario, figure: 'cpuMicroseconds', title: 'µs CPU' },
  ]),
  Object.entries(BACKENDS).flatMap(([ours, { needs }]) =>
    Object.keys(FEATURES)
      .filter((scenario) => scenario !== PLAIN)
      .map((scenario) => ({
        scenario,
        otherScenario: PLAIN,
        ours,
        others: [ours],
        ...(needs.length === 0
          ? { figure: 'cpuMicroseconds', atMost: MOST_CPU }
          : { figure: 'perSecond', atLeast: LEAST_JOBS }),
      })),
  ),
);

async function addAndRun(queue: QueueManager, jobs: number): Promise<Figures> {
  await pass(queue, jobs / 10);
  const watch = new StopWatch();
  await pass(queue, jobs);
  const figures = watch.finish(jobs);
  await queue.close();
  return figures;
}

async function pass(queue: QueueManager, jobs: number): Promise<void> {
  let added = 0;
  const caller = async (): Promise<void> => {
    while (added < jobs) {
      const n = added++;
      await queue.add(task, payloadOf(n), { groupKey: `tenant ${n % TENANTS}` });
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  await runAll(queue, jobs);
}

async function runAll(queue: QueueManager, jobs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = jobs;
  const undo = queue.handle(task, ({ payload }) => {
    idOf(payload);
    left--;
    if (left === 0) resolve();
  });
  queue.startProcessing({ concurrency: CONCURRENCY });
  await promise;
  await queue.stopProcessing();
  undo();
}
