import { setTimeout as wait } from 'node:timers/promises';
import { TownKrierError } from '@townkrier/core';
import type { JobStatus, QueueManager } from '@townkrier/queue';
import { type Note, NotingFleet } from '../harness/noting-fleet.ts';
import type { NotingFault } from '../harness/noting-program.ts';
import { defineScenario, type Outcome, type Place } from '../harness/scenario.ts';
import { SeededRandom } from '../harness/seeded-random.ts';
import { until } from '../harness/until.ts';

const PROCESSES = 4;
const CONCURRENCY = 5;
/** Milliseconds a job takes at most, and after which it is cancelled at most. */
const LONGEST = 10;
/** Milliseconds until every handler of a cancelled job has been told. */
const PATIENCE = 30_000;
/** One job in so many goes on until it is told to stop. */
const ENDLESS = 10;

/** What came of a cancel: the job is cancelled, or had ended before. */
type Cancelled = 'cancelled' | 'refused';

/**
 * Row 25: every job is cancelled while it runs and ends by itself at about the same time. It ends in one way: `completed`, and the cancel was refused, or `cancelled`, and its handler's
 * signal was told.
 */
export const cancelRace = defineScenario<{ readonly jobs: number }>({
  row: 25,
  name: `cancels race ends of jobs in ${PROCESSES} processes`,
  backends: ['sqlite', 'postgres', 'bullmq'],
  sizes: { ci: { jobs: 300 }, short: { jobs: 20_000 }, full: { jobs: 100_000 } },
  run: (place, { jobs }) => raceCancels(place, jobs),
});

/** @param fault - Planted in one of the processes. @param patience - Milliseconds until all have to be told. */
export async function raceCancels(
  place: Place,
  jobs: number,
  fault?: NotingFault,
  patience = PATIENCE,
): Promise<Outcome> {
  await using fleet = await NotingFleet.open(place);
  const random = new SeededRandom(place.seed);
  const cancels = new Map<string, Promise<Cancelled>>();
  fleet.onStarted((jobId) => {
    cancels.set(jobId, cancelLater(fleet.queue, jobId, random.between(0, LONGEST)));
  });
  await fleet.start(PROCESSES, CONCURRENCY, fault);
  await fleet.add(jobs, (n) => ({
    type: 'test',
    payload: n % ENDLESS === 0 ? null : random.between(0, LONGEST),
  }));
  await until('every job has ended', async () => (await fleet.unended()) === 0, 1_800_000);
  await until('every cancel is answered', () => cancels.size === jobs);
  const outcomes = new Map<string, Cancelled>();
  for (const [jobId, cancel] of cancels) outcomes.set(jobId, await cancel);
  await waitUntilTold(fleet, outcomes, patience);
  return judge(fleet.notes().flat(), outcomes, await statusesOf(fleet.queue, outcomes.keys()));
}

async function cancelLater(queue: QueueManager, jobId: string, ms: number): Promise<Cancelled> {
  await wait(ms);
  try {
    await queue.cancelJob(jobId);
    return 'cancelled';
  } catch (error) {
    if (TownKrierError.is(error, 'QUEUE_JOB_STATE')) return 'refused';
    throw error;
  }
}

/** Gives up silently: who was not told is found by the judge. */
async function waitUntilTold(fleet: NotingFleet, outcomes: ReadonlyMap<string, Cancelled>, ms: number) {
  const count = [...outcomes.values()].filter((outcome) => outcome === 'cancelled').length;
  const isDone = () => idsOf(fleet.notes().flat(), 'told').size >= count;
  await until('all are told', isDone, ms).catch(() => undefined);
}

async function statusesOf(queue: QueueManager, ids: Iterable<string>): Promise<Map<string, JobStatus>> {
  const statuses = new Map<string, JobStatus>();
  for (const id of ids) {
    const job = await queue.getJob(id);
    if (job !== null) statuses.set(id, job.status);
  }
  return statuses;
}

function idsOf(notes: readonly Note[], word: Note['word']): Set<string> {
  return new Set(notes.filter((note) => note.word === word).map(({ jobId }) => jobId));
}

function judge(
  notes: readonly Note[],
  outcomes: ReadonlyMap<string, Cancelled>,
  statuses: ReadonlyMap<string, JobStatus>,
): Outcome {
  const told = idsOf(notes, 'told');
  const completions = notes.filter(({ word }) => word === 'completed').map(({ jobId }) => jobId);
  const starts = notes.filter(({ word }) => word === 'started').length;
  const ids = [...outcomes.keys()];
  const cancelled = ids.filter((id) => outcomes.get(id) === 'cancelled');
  const refused = ids.filter((id) => outcomes.get(id) === 'refused');
  const inAnotherWay = [
    ...cancelled.filter((id) => statuses.get(id) !== 'cancelled' || completions.includes(id)),
    ...refused.filter((id) => statuses.get(id) !== 'completed' || told.has(id)),
  ];
  const untold = cancelled.filter((id) => !told.has(id));
  return {
    injected: ids.length,
    what: 'cancels',
    figures: {},
    broken: [
      ...(inAnotherWay.length > 0 ? [`${inAnotherWay.length} jobs ended in another way than was said`] : []),
      ...(untold.length > 0 ? [`${untold.length} handlers of cancelled jobs were not told`] : []),
      ...(new Set(completions).size === completions.length ? [] : ['a job was completed twice']),
      ...(starts === ids.length ? [] : [`${starts} starts of ${ids.length} jobs`]),
      ...(cancelled.length > 0 && refused.length > 0 ? [] : ['one side won every time: that was no race']),
    ],
    measured: { cancelled: cancelled.length, refused: refused.length },
  };
}
