/**
 * What it costs to tell all processes what happens to jobs that do nothing: jobs added by 100 callers at once, and worked off.
 *
 *     node benchmarks/queue-events.ts [rounds] [words of engine or scenario]
 */
import { join } from 'node:path';
import { BullMqQueueAdapter } from '@townkrier/bullmq';
import { PostgresQueueAdapter } from '@townkrier/postgres/queue';
import { InMemoryQueueAdapter, type QueueAdapter } from '@townkrier/queue';
import { SqliteQueueAdapter } from '@townkrier/sqlite/queue';
import { required } from './engines/engine.ts';
import { engineOf } from './engines/townkrier.ts';
import { measure } from './harness/cases.ts';
import { report } from './harness/report.ts';
import type { Place, ServiceName } from './harness/services.ts';
import { inFlight, PROCESS, throughputCases } from './harness/throughput.ts';

const ROUNDS = 5;
const CALLERS = 100;
const LOAD = { callers: CALLERS, concurrency: 100 };
const SCENARIOS = [inFlight(CALLERS), PROCESS];
/** Of the jobs a second without events. */
const AIM = 0.85;

interface Backend {
  readonly needs: readonly ServiceName[];
  open(place: Place, eventStream: boolean): QueueAdapter;
}

const BACKENDS: Readonly<Record<string, Backend>> = {
  'in memory': { needs: [], open: (_place, eventStream) => new InMemoryQueueAdapter({ eventStream }) },
  SQLite: {
    needs: [],
    open: ({ folder }, eventStream) =>
      new SqliteQueueAdapter({ file: join(folder, 'queue.db'), eventStream }),
  },
  PostgreSQL: {
    needs: ['postgres'],
    open: ({ postgresUrl, name }, eventStream) =>
      new PostgresQueueAdapter({ connection: required(postgresUrl), schema: name, eventStream }),
  },
  BullMQ: {
    needs: ['redis'],
    open: ({ redisUrl, name }, eventStream) =>
      new BullMqQueueAdapter({ connection: required(redisUrl), prefix: name, eventStream }),
  },
};

const withEvents = (backend: string): string => `${backend}, with events`;

const cases = Object.entries(BACKENDS).flatMap(([backend, { needs, open }]) =>
  [false, true].flatMap((eventStream) =>
    throughputCases(
      {
        name: eventStream ? withEvents(backend) : backend,
        needs,
        open: async (place) => engineOf(open(place, eventStream)),
      },
      LOAD,
    ),
  ),
);

report(
  'Events: jobs a second',
  await measure(
    import.meta.url,
    cases.filter(({ scenario }) => SCENARIOS.includes(scenario)),
    ROUNDS,
  ),
  SCENARIOS.map((title) => ({ scenario: title, figure: 'perSecond', title })),
  Object.keys(BACKENDS).flatMap((backend) =>
    SCENARIOS.map((scenario) => ({
      scenario,
      figure: 'perSecond',
      ours: withEvents(backend),
      others: [backend],
      atLeast: AIM,
    })),
  ),
);
