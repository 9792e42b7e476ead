/**
 * How long a job waits on an idle queue before its handler starts, in milliseconds: added in the process that works, added in another process, and how late it
 * is when it was to start later. The clock starts before `add`, so storing the job is part of it.
 *
 *     node benchmarks/queue-latency.ts [rounds] [words of engine or scenario]
 */
import { beeQueue } from './engines/bee-queue.ts';
import { bareBullmq } from './engines/bullmq.ts';
import { graphileWorker } from './engines/graphile-worker.ts';
import { pgBoss } from './engines/pg-boss.ts';
import { townkrierBullmq, townkrierPostgres, townkrierSqlite } from './engines/townkrier.ts';
import { type Case, measure } from './harness/cases.ts';
import { DELAYED, diskCase, latencyCase, OTHER_PROCESS, SAME_PROCESS } from './harness/latency.ts';
import { report } from './harness/report.ts';

const SQLITE = [townkrierSqlite('full'), townkrierSqlite('normal')];
const OURS = [...SQLITE, townkrierPostgres, townkrierBullmq];
const graphile = graphileWorker('default');
const bare = bareBullmq();

const cases: Case[] = [
  diskCase,
  ...[...OURS, graphile, pgBoss('notify'), bare, beeQueue].map((source) => latencyCase(source, SAME_PROCESS)),
  ...[...OURS, graphile, bare].map((source) => latencyCase(source, OTHER_PROCESS)),
  ...[...OURS, graphile, bare, beeQueue].map((source) => latencyCase(source, DELAYED)),
];
const figure = 'p50';
report(
  'idle queue: milliseconds',
  await measure(import.meta.url, cases),
  [SAME_PROCESS, OTHER_PROCESS, DELAYED].flatMap((scenario) =>
    ['p50', 'p99'].map((percentile) => ({
      scenario,
      figure: percentile,
      title: `${scenario}, ${percentile}`,
    })),
  ),
  [
    ...SQLITE.flatMap(({ name: ours }) => [
      { scenario: SAME_PROCESS, figure, ours, atMost: 1 },
      { scenario: OTHER_PROCESS, figure, ours, atMost: 2 },
    ]),
    ...[SAME_PROCESS, OTHER_PROCESS].flatMap((scenario) => [
      { scenario, figure, ours: townkrierPostgres.name, others: [graphile.name], atMost: 1 },
      { scenario, figure, ours: townkrierBullmq.name, others: [bare.name], atMost: 1.2 },
    ]),
    ...OURS.map(({ name: ours }) => ({ scenario: DELAYED, figure: 'p99', ours, atMost: 50 })),
  ],
);
