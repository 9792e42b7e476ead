/**
 * The queue in SQLite against plainjob, a hand-written loop at the same durability, and BullMQ on Redis.
 *
 *     node benchmarks/sqlite-queue.ts [rounds] [words of engine or scenario]
 */
import { bareBullmq } from './engines/bullmq.ts';
import { plainjob } from './engines/plainjob.ts';
import { sqliteLoop } from './engines/sqlite-loop.ts';
import { townkrierSqlite } from './engines/townkrier.ts';
import { measure } from './harness/cases.ts';
import { type Aim, report } from './harness/report.ts';
import { BULK, inFlight, ONE_BY_ONE, PROCESS, throughputCases } from './harness/throughput.ts';

const DURABILITIES = ['full', 'normal'] as const;
const CALLERS = 100;
const LOAD = { callers: CALLERS, concurrency: 100 };
const IN_FLIGHT = inFlight(CALLERS);

const engines = [
  ...DURABILITIES.flatMap((durability) => [
    townkrierSqlite(durability),
    plainjob(durability),
    sqliteLoop(durability),
  ]),
  bareBullmq(),
  bareBullmq('everysec'),
];

const measured = await measure(
  import.meta.url,
  engines.flatMap((engine) => throughputCases(engine, LOAD)),
);
report(
  'SQLite: jobs a second',
  measured,
  [ONE_BY_ONE, IN_FLIGHT, BULK, PROCESS].map((title) => ({ scenario: title, figure: 'perSecond', title })),
  DURABILITIES.flatMap(aimsFor),
);

function aimsFor(durability: 'full' | 'normal'): Aim[] {
  const ours = { figure: 'perSecond', ours: `TownKrier (${durability})` };
  const others = [`plainjob (${durability})`];
  return [
    { ...ours, scenario: ONE_BY_ONE, others, atLeast: 0.8 },
    { ...ours, scenario: IN_FLIGHT, others, atLeast: 3 },
    { ...ours, scenario: BULK, others, atLeast: 1 },
    { ...ours, scenario: PROCESS, others, atLeast: 8 },
    { ...ours, scenario: PROCESS, others: [`hand loop (${durability})`], atLeast: 0.6 },
    { ...ours, scenario: PROCESS, others: ['bare BullMQ'], atLeast: 3 },
    { ...ours, scenario: PROCESS, others: ['bare BullMQ (append everysec)'], atLeast: 3 },
  ];
}
