/**
 * What it costs to tell a new job from one that is there: jobs added by 1,000 callers at once, and worked off.
 *
 *     node benchmarks/queue-dedupe.ts [rounds] [words of engine or scenario]
 */
import { join } from 'node:path';
import {
  type DedupeOption,
  InMemoryQueueAdapter,
  type JobDefinition,
  type QueueAdapter,
  QueueManager,
} from '@townkrier/queue';
import { SqliteQueueAdapter } from '@townkrier/sqlite/queue';
import { type Figures, measure } from './harness/cases.ts';
import { StopWatch } from './harness/clock.ts';
import { type BenchmarkPayload, idOf, payloadOf } from './harness/payload.ts';
import { report } from './harness/report.ts';
import type { Place } from './harness/services.ts';

const ROUNDS = 5;
const CALLERS = 1_000;
const CONCURRENCY = 50;
const WINDOW = 600_000;
const DEBOUNCE = 600_000;
/** Adds of one key, where several have the same. */
const ADDS_A_KEY = 10;

type Options = DedupeOption & { readonly idempotencyKey?: string };

/** What the `n`th add of a pass asks for. `pass` keeps the keys of the warm-up apart. */
type OptionsOf = (n: number, pass: number) => Options;

/** Each add is a job of its own. */
const FRESH: Readonly<Record<string, OptionsOf>> = {
  plain: () => ({}),
  'a key each': (n, pass) => ({ idempotencyKey: `key ${pass} ${n}` }),
  'a window each': (n, pass) => ({ dedupe: { key: `key ${pass} ${n}`, window: WINDOW } }),
};
/** Only one add of ten makes a job, or lets it stay. */
const REPEATED: Readonly<Record<string, OptionsOf>> = {
  'ten adds a window': (n, pass) => ({ dedupe: { key: keyOfTen(n, pass), window: WINDOW } }),
  'ten adds a debounce': (n, pass) => ({ dedupe: { key: keyOfTen(n, pass), debounce: DEBOUNCE } }),
};

const ENGINES = {
  'in memory': { jobs: 50_000, open: () => new InMemoryQueueAdapter() },
  SQLite: {
    jobs: 20_000,
    open: ({ folder }: Place) => new SqliteQueueAdapter({ file: join(folder, 'queue.db') }),
  },
};

/** A kind of job without a schema, so that none is measured. */
const task: JobDefinition<'task', BenchmarkPayload, BenchmarkPayload> = {
  name: 'task',
  queue: 'default',
  version: 1,
  retries: undefined,
  backoff: undefined,
  timeout: undefined,
  priority: undefined,
  keyRetention: undefined,
  removeAfter: undefined,
  expiresIn: undefined,
  store: (payload) => payload,
  read: ({ payload }) => payloadOf(idOf(payload)),
};

const cases = Object.entries(ENGINES).flatMap(([engine, { jobs, open }]) => [
  ...Object.entries(FRESH).map(([scenario, optionsOf]) => ({
    engine,
    scenario,
    needs: [],
    run: (place: Place) => addAndRun(open(place), jobs, optionsOf),
  })),
  ...Object.entries(REPEATED).map(([scenario, optionsOf]) => ({
    engine,
    scenario,
    needs: [],
    run: (place: Place) => addOnly(open(place), jobs, optionsOf),
  })),
]);

report('dedupe', await measure(import.meta.url, cases, ROUNDS), columns(), [
  ...aims('a key each'),
  ...aims('a window each'),
]);

async function addAndRun(adapter: QueueAdapter, jobs: number, optionsOf: OptionsOf) {
  const queue = new QueueManager(adapter);
  await pass(queue, jobs / 10, (n) => optionsOf(n, 0));
  const { addsPerSecond, endToEndPerSecond } = await pass(queue, jobs, (n) => optionsOf(n, 1));
  await queue.close();
  return { addsPerSecond, endToEndPerSecond };
}

async function pass(queue: QueueManager, jobs: number, optionsOf: (n: number) => Options) {
  const whole = new StopWatch();
  const adds = new StopWatch();
  await addAll(queue, jobs, optionsOf);
  const addsPerSecond = adds.finish(jobs).perSecond;
  await runAll(queue, jobs);
  return { addsPerSecond, endToEndPerSecond: whole.finish(jobs).perSecond };
}

async function addOnly(adapter: QueueAdapter, jobs: number, optionsOf: OptionsOf): Promise<Figures> {
  const queue = new QueueManager(adapter);
  await addAll(queue, jobs / 10, (n) => optionsOf(n, 0));
  const adds = new StopWatch();
  await addAll(queue, jobs, (n) => optionsOf(n, 1));
  const addsPerSecond = adds.finish(jobs).perSecond;
  await queue.close();
  return { addsPerSecond };
}

async function addAll(queue: QueueManager, jobs: number, optionsOf: (n: number) => Options): Promise<void> {
  let added = 0;
  const caller = async (): Promise<void> => {
    while (added < jobs) {
      const n = added++;
      await queue.add(task, payloadOf(n), optionsOf(n));
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

function runAll(queue: QueueManager, jobs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = jobs;
  const undo = queue.handle(task, ({ payload }) => {
    idOf(payload);
    left--;
    if (left === 0) resolve();
  });
  queue.startProcessing({ concurrency: CONCURRENCY });
  return promise.then(() => queue.stopProcessing()).then(undo);
}

function keyOfTen(n: number, pass: number): string {
  return `key ${pass} ${Math.floor(n / ADDS_A_KEY)}`;
}

function columns() {
  const fresh = Object.keys(FRESH).flatMap((scenario) => [
    { scenario, figure: 'addsPerSecond', title: `${scenario}: add/s` },
    { scenario, figure: 'endToEndPerSecond', title: 'end to end/s' },
  ]);
  const repeated = Object.keys(REPEATED).map((scenario) => ({
    scenario,
    figure: 'addsPerSecond',
    title: `${scenario}: add/s`,
  }));
  return [...fresh, ...repeated];
}

/** At most 15 % of the throughput. */
function aims(scenario: string) {
  return Object.keys(ENGINES).map((ours) => ({
    scenario,
    otherScenario: 'plain',
    figure: 'endToEndPerSecond',
    ours,
    others: [ours],
    atLeast: 0.85,
  }));
}
