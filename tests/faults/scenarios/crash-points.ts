import { join } from 'node:path';
import { startProgram } from '../harness/child-program.ts';
import {
  AMBIGUOUS_POINTS,
  FAIL_POINTS,
  type FailPoint,
  type ProducerPoint,
  STORE_POINTS,
} from '../harness/fail-points.ts';
import type { ProducerSettings } from '../harness/producer-program.ts';
import { defineScenario, type Outcome, type Place, sumOutcomes, toOutcome } from '../harness/scenario.ts';
import { Trial } from '../harness/trial.ts';
import { until } from '../harness/until.ts';

/** Milliseconds. No doomed worker lives as long as a heartbeat, so none takes back what another left. */
const LEASE = 6_000;
const HEARTBEAT = 3_000;

const PRODUCER_POINTS: readonly ProducerPoint[] = ['insert:before', 'insert:after'];
/** Where a worker dies that has not taken the job that waits; they come last, so that no other worker meets it instead of its own. */
const EMPTY_HANDED_POINTS: readonly FailPoint[] = ['claim:before', 'reap:before', 'reap:after'];

/**
 * Row 4: a worker dies exactly at each named point with one job in hand; then a sound one finishes. What becomes of each message is known beforehand: sent
 * once, or, where the provider honours no keys and nobody can know, `unknown`.
 */
export const crashPoints = [true, false].map((honoursKeys) =>
  defineScenario<{ readonly rounds: number }>({
    row: 4,
    name: `crash at each named point${honoursKeys ? '' : '; a provider without keys'}`,
    backends: ['sqlite', 'postgres', 'bullmq'],
    sizes: { ci: { rounds: 1 }, full: { rounds: 20 } },
    async run(place, { rounds }) {
      const outcomes: Outcome[] = [];
      for (let round = 0; round < rounds; round++) {
        outcomes.push(await crashEverywhere({ ...place, seed: place.seed + round }, honoursKeys));
      }
      return sumOutcomes(outcomes);
    },
  }),
);

async function crashEverywhere(place: Place, honoursKeys: boolean): Promise<Outcome> {
  await using trial = await Trial.open({
    ...place,
    options: { leaseMs: LEASE, heartbeatMs: HEARTBEAT },
    provider: { honoursKeys },
  });
  const possible = FAIL_POINTS.filter((point) => trial.hasStore || !STORE_POINTS.includes(point));
  const points = [
    ...trial.random.shuffled(possible.filter((point) => !EMPTY_HANDED_POINTS.includes(point))),
    ...possible.filter((point) => EMPTY_HANDED_POINTS.includes(point)),
  ];
  for (const [index, point] of points.entries()) await crashWorker(trial, point, index + 1);
  for (const [index, point] of PRODUCER_POINTS.entries()) {
    await crashProducer(trial, point, points.length + 1 + index);
  }
  trial.startWorker();
  await trial.drained();
  const expected = honoursKeys ? [] : points.filter((point) => AMBIGUOUS_POINTS.includes(point));
  const unknown = (await trial.unknown()).map((n) => points[n - 1] ?? String(n));
  const broken = sameSet(unknown, expected) ? [] : [`unknown after ${unknown}; expected after ${expected}`];
  return toOutcome([points.length + PRODUCER_POINTS.length, 'crashes'], await trial.check(), { broken });
}

/** A worker takes the only job that waits, and dies with it. At the empty-handed points it may die before, or over older ones. */
async function crashWorker(trial: Trial, point: FailPoint, n: number): Promise<void> {
  await trial.produce(1, { from: n });
  if (point !== 'call:unanswered') return crashAt(trial, point);
  await trial.provider.follow([{ does: 'hang after accept', times: 1, per: 'all' }]);
  const accepted = trial.provider.accepted();
  const worker = trial.startWorker({ concurrency: 1 });
  await until('the provider has accepted', () => trial.provider.accepted() > accepted);
  await trial.end(worker, 'SIGKILL');
}

async function crashAt(trial: Trial, failAt: FailPoint): Promise<void> {
  const worker = trial.startWorker({ concurrency: 1, failAt });
  trial.expectEnd(worker);
  await until(`a worker dies at ${failAt}`, () => worker.exit()?.signal === 'SIGKILL');
}

/** A producer dies over a job; the app starts again and enqueues the same once more. */
async function crashProducer(trial: Trial, failAt: ProducerPoint, n: number): Promise<void> {
  const produce = { from: n, count: 1 };
  const settings: ProducerSettings = { queue: trial.address, folder: trial.folder, produce, failAt };
  const log = join(trial.folder, 'producer.log');
  await startProgram('./producer-program.ts', settings, log).exited;
  await trial.produce(1, { from: n });
}

function sameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.toSorted().join() === others.toSorted().join();
}
