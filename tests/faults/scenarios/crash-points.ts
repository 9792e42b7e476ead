import { join } from 'node:path';
import { startProgram } from '../harness/child-program.ts';
import { AMBIGUOUS_POINTS, FAIL_POINTS, type FailPoint, type ProducerPoint } from '../harness/fail-points.ts';
import type { ProducerSettings } from '../harness/producer-program.ts';
import { defineScenario, type Outcome, type Place, sumOutcomes, toOutcome } from '../harness/scenario.ts';
import { Trial } from '../harness/trial.ts';
import { until } from '../harness/until.ts';

/** Milliseconds. */
const LEASE = 2_000;
/** On a busy machine a doomed worker may live long enough to take over a job of another, and so may the next: that does not make the job poison. */
const NEVER_POISON = 1_000;

const PRODUCER_POINTS: readonly ProducerPoint[] = ['insert:before', 'insert:after'];
/** Where a worker dies that may not have taken the job that waits; they come last, and the last finds one that another dead worker holds. */
const LAST_POINTS: readonly FailPoint[] = ['claim:before', 'reap:before', 'handler:start', 'reap:after'];

interface Size {
  readonly rounds: number;
  readonly points: readonly FailPoint[];
}

/**
 * Row 4: a worker dies exactly at each named point with one job in hand; then a sound one finishes. What becomes of each message is known beforehand: sent
 * once, or, where the provider honours no keys and nobody can know, `unknown`.
 */
export const crashPoints = [true, false].map((honoursKeys) =>
  defineScenario<Size>({
    row: 4,
    name: `crash at each named point${honoursKeys ? '' : '; a provider without keys'}`,
    backends: ['sqlite', 'postgres', 'bullmq'],
    sizes: {
      // With keys, the points of doubt are those at which a message could be sent twice. Without, what is expected of each is known exactly.
      ci: { rounds: 1, points: honoursKeys ? AMBIGUOUS_POINTS : FAIL_POINTS },
      short: { rounds: 5, points: FAIL_POINTS },
      full: { rounds: 20, points: FAIL_POINTS },
    },
    async run(place, { rounds, points }) {
      const outcomes: Outcome[] = [];
      for (let round = 0; round < rounds; round++) {
        outcomes.push(await crashEverywhere({ ...place, seed: place.seed + round }, points, honoursKeys));
      }
      return sumOutcomes(outcomes);
    },
  }),
);

async function crashEverywhere(
  place: Place,
  all: readonly FailPoint[],
  honoursKeys: boolean,
): Promise<Outcome> {
  await using trial = await Trial.open({
    ...place,
    options: { leaseMs: LEASE, maxCrashes: NEVER_POISON },
    provider: { honoursKeys },
  });
  const points = [
    ...trial.random.shuffled(all.filter((point) => !LAST_POINTS.includes(point))),
    ...LAST_POINTS.filter((point) => all.includes(point)),
  ];
  for (const [index, point] of points.entries()) await crashWorker(trial, point, index + 1);
  for (const [index, point] of PRODUCER_POINTS.entries()) {
    await crashProducer(trial, point, points.length + 1 + index);
  }
  trial.startWorker();
  await trial.drained();
  return toOutcome([points.length + PRODUCER_POINTS.length, 'crashes'], await trial.check(), {
    broken: honoursKeys ? [] : judgeUnknown(trial, await trial.unknown()),
  });
}

/**
 * Compares the deliveries that are listed as unknown with those of which nobody can know: what workers had in hand that died at a point of doubt. Workers that
 * reap die by the clock, whatever they have in hand then: of that both is right.
 */
function judgeUnknown(trial: Trial, unknown: readonly number[]): string[] {
  const doubtful = inHandAt(trial, AMBIGUOUS_POINTS);
  const either = inHandAt(trial, ['reap:before', 'reap:after']);
  const missing = doubtful.filter((n) => !unknown.includes(n));
  const surplus = unknown.filter((n) => !doubtful.includes(n) && !either.includes(n));
  return [
    ...(missing.length > 0 ? [`nobody can know of ${missing}, but they are not listed as unknown`] : []),
    ...(surplus.length > 0 ? [`listed as unknown without a reason: ${surplus}`] : []),
    ...(doubtful.length === AMBIGUOUS_POINTS.length ? [] : ['not every point of doubt was reached']),
  ];
}

/** The numbers of the jobs that workers had in hand when they died at one of these points. */
function inHandAt(trial: Trial, points: readonly FailPoint[]): number[] {
  const numbers = new Map([...trial.record().acknowledged].map(([n, jobId]) => [jobId, n]));
  const workers = trial.workers.filter(({ settings: { failAt } }) => failAt && points.includes(failAt));
  const open = workers.flatMap((worker) => worker.runs().filter(({ outcome }) => outcome === null));
  return open.map(({ jobId }) => numbers.get(jobId) ?? Number.NaN);
}

/** A worker takes a job, and dies with it. */
async function crashWorker(trial: Trial, failAt: FailPoint, n: number): Promise<void> {
  await trial.produce(1, { from: n });
  const hangs = failAt === 'call:unanswered';
  if (hangs) await trial.provider.follow([{ does: 'hang after accept', times: 1, per: 'all' }]);
  const accepted = trial.provider.accepted();
  const worker = trial.startWorker({ concurrency: 1, failAt });
  trial.expectEnd(worker);
  if (hangs) {
    await until('the provider has accepted', () => trial.provider.accepted() > accepted);
    worker.signal('SIGKILL');
  }
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
