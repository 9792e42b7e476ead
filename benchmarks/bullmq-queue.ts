/**
 * The queue on BullMQ against BullMQ by itself, on the same Redis, which keeps nothing on disk; bee-queue is there for comparison.
 *
 *     node benchmarks/bullmq-queue.ts [rounds] [words of engine or scenario]
 */
import { beeQueue } from './engines/bee-queue.ts';
import { bareBullmq } from './engines/bullmq.ts';
import { townkrierBullmq } from './engines/townkrier.ts';
import { measure } from './harness/cases.ts';
import { report } from './harness/report.ts';
import { BULK, inFlight, ONE_BY_ONE, PROCESS, throughputCases } from './harness/throughput.ts';

const CALLERS = 100;
const LOAD = { callers: CALLERS, concurrency: 50 };
const SCENARIOS = [ONE_BY_ONE, inFlight(CALLERS), BULK, PROCESS];

const bare = bareBullmq();
const measured = await measure(
  import.meta.url,
  [townkrierBullmq, bare, beeQueue].flatMap((engine) => throughputCases(engine, LOAD)),
);
report(
  'Redis: jobs a second',
  measured,
  SCENARIOS.map((title) => ({ scenario: title, figure: 'perSecond', title })),
  SCENARIOS.map((scenario) => ({
    scenario,
    figure: 'perSecond',
    ours: townkrierBullmq.name,
    others: [bare.name],
    atLeast: 0.9,
  })),
);
