/**
 * The in-memory queue against others, adding and then working off jobs.
 *
 *     node benchmarks/in-memory-queue.ts [rounds] [words of the engine]
 */
import { measure } from './harness/cases.ts';
import { report } from './harness/report.ts';
import { CASES } from './in-memory-cases.ts';

const ROUNDS = 5;
const CONCURRENCY = 50;
const JOBS = 100_000;
/** p-queue inserts into a sorted array, which gets slower with its length; more would be unfair to it. */
const JOBS_BY_CASE: Readonly<Record<string, number>> = { 'p-queue, 4 priorities': 20_000 };
const WARM_UP_PASSES = 3;
const SCENARIO = 'add and run';
const COLUMNS = { addsPerSecond: 'add/s', runsPerSecond: 'run/s', endToEndPerSecond: 'end to end/s' };

const cases = Object.entries(CASES).map(([engine, open]) => ({
  engine,
  scenario: SCENARIO,
  needs: [],
  async run() {
    const pass = open(CONCURRENCY);
    const jobs = JOBS_BY_CASE[engine] ?? JOBS;
    for (let i = 0; i < WARM_UP_PASSES; i++) await pass(jobs);
    return pass(jobs);
  },
}));

const aim = { scenario: SCENARIO, figure: 'endToEndPerSecond', ours: 'townkrier, one by one' };
report(
  'in memory',
  await measure(import.meta.url, cases, ROUNDS),
  Object.entries(COLUMNS).map(([figure, title]) => ({ scenario: SCENARIO, figure, title })),
  [
    { ...aim, others: ['binary heap loop'], atLeast: 0.6 },
    { ...aim, others: ['fastq promise'], atLeast: 0.8 },
    { ...aim, others: ['p-queue, 4 priorities'], atLeast: 3 },
  ],
);
