/**
 * The queue in PostgreSQL against pg-boss, graphile-worker and a hand-written loop. The server syncs every commit.
 *
 *     node benchmarks/postgres-queue.ts [rounds] [words of engine or scenario]
 */
import type { EngineSource } from './engines/engine.ts';
import { graphileWorker } from './engines/graphile-worker.ts';
import { pgBoss } from './engines/pg-boss.ts';
import { postgresLoop } from './engines/postgres-loop.ts';
import { townkrierPostgres } from './engines/townkrier.ts';
import { type Case, measure } from './harness/cases.ts';
import { report } from './harness/report.ts';
import { BULK, inFlight, ONE_BY_ONE, PROCESS, throughputCases } from './harness/throughput.ts';

const CALLERS = 20;
const LOAD = { callers: CALLERS, concurrency: 100 };
/** As many jobs in hand as graphile-worker's local queue takes. */
const WIDE = 500;
const IN_FLIGHT = inFlight(CALLERS);

const bossLoop = pgBoss('fetch');
const bossWorker = pgBoss('work');
const graphile = graphileWorker('batch');
const bosses = [bossLoop.name, bossWorker.name];
const peers = [...bosses, graphile.name];

const measured = await measure(import.meta.url, [
  ...[townkrierPostgres, bossLoop, graphile, postgresLoop].flatMap((engine) => throughputCases(engine, LOAD)),
  // These add as their siblings do.
  ...onlyProcess(bossWorker, LOAD.concurrency),
  ...[townkrierPostgres, postgresLoop].flatMap((engine) =>
    onlyProcess({ ...engine, name: `${engine.name}, ${WIDE} at once` }, WIDE),
  ),
]);
const ours = { figure: 'perSecond', ours: townkrierPostgres.name };
report(
  'PostgreSQL: jobs a second',
  measured,
  [ONE_BY_ONE, IN_FLIGHT, BULK, PROCESS].map((title) => ({ scenario: title, figure: 'perSecond', title })),
  [
    { ...ours, scenario: ONE_BY_ONE, others: peers, atLeast: 3 },
    { ...ours, scenario: IN_FLIGHT, others: peers, atLeast: 4 },
    { ...ours, scenario: BULK, others: peers, atLeast: 1.5 },
    { ...ours, scenario: PROCESS, others: bosses, atLeast: 1.5 },
    { ...ours, scenario: PROCESS, others: [graphile.name], atLeast: 1.2 },
    { ...ours, scenario: PROCESS, others: [postgresLoop.name], atLeast: 0.6 },
  ],
);

function onlyProcess(engine: EngineSource, concurrency: number): Case[] {
  return throughputCases(engine, { ...LOAD, concurrency }).filter(({ scenario }) => scenario === PROCESS);
}
