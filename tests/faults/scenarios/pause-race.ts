import { setTimeout as wait } from 'node:timers/promises';
import { type Note, NotingFleet } from '../harness/noting-fleet.ts';
import type { NotingFault } from '../harness/noting-program.ts';
import { defineScenario, type Outcome, type Place } from '../harness/scenario.ts';
import { SeededRandom } from '../harness/seeded-random.ts';
import { until } from '../harness/until.ts';

const PROCESSES = 3;
const CONCURRENCY = 5;
const QUEUE = 'default';
/** Milliseconds a job takes at most. */
const LONGEST = 5;
/** Jobs that are there for each pause: more than are done before it. */
const JOBS_A_PAUSE = 300;

/**
 * Row 26: a queue pauses again and again while jobs are claimed. In the process that asked for it no job starts from the answer on, and in no other once it had to know; what was
 * claimed at that moment is given back and runs later, once.
 */
export const pauseRace = defineScenario<{ readonly pauses: number }>({
  row: 26,
  name: `a queue pauses while ${PROCESSES + 1} processes claim from it`,
  backends: ['sqlite', 'postgres', 'bullmq'],
  sizes: { ci: { pauses: 4 }, short: { pauses: 200 }, full: { pauses: 2_000 } },
  run: (place, { pauses }) => racePauses(place, pauses),
});

/** @param fault - Planted in one of the processes. */
export async function racePauses(place: Place, pauses: number, fault?: NotingFault): Promise<Outcome> {
  await using fleet = await NotingFleet.open(place);
  const random = new SeededRandom(place.seed);
  const own = workHere(fleet);
  await fleet.start(PROCESSES, CONCURRENCY, fault);
  let ownStartsWhilePaused = 0;
  for (let pause = 0; pause < pauses; pause++) {
    await fleet.add(JOBS_A_PAUSE, () => ({ type: 'test', payload: random.between(0, LONGEST) }));
    await wait(random.between(0, 50));
    await fleet.queue.queues.pause(QUEUE);
    const before = own.starts.length;
    await fleet.tell('paused');
    // Nobody may start any of these.
    await fleet.add(CONCURRENCY, () => ({ type: 'test', payload: 0 }));
    await fleet.tell('paused');
    ownStartsWhilePaused += own.starts.length - before;
    await fleet.tell('resuming');
    await fleet.queue.queues.resume(QUEUE);
  }
  await until('every job has ended', async () => (await fleet.unended()) === 0, 1_800_000);
  await own.stop();
  const jobs = pauses * (JOBS_A_PAUSE + CONCURRENCY);
  const { completed } = await fleet.queue.getStats();
  return judge({ pauses, jobs, completed, ownStartsWhilePaused, own: own.starts, others: fleet.notes() });
}

function workHere({ queue: { adapter } }: NotingFleet) {
  const starts: string[] = [];
  const worker = adapter.work(
    async ({ job }) => {
      starts.push(job.id);
      await wait(LONGEST);
      return undefined;
    },
    { queues: [QUEUE], concurrency: CONCURRENCY },
  );
  return { starts, stop: () => worker.stop() };
}

interface Found {
  readonly pauses: number;
  readonly jobs: number;
  readonly completed: number;
  readonly ownStartsWhilePaused: number;
  /** Ids of what started here, and notes of the other processes. */
  readonly own: readonly string[];
  readonly others: readonly (readonly Note[])[];
}

function judge({ pauses, jobs, completed, ownStartsWhilePaused, own, others }: Found): Outcome {
  const forbidden = others.map(startsWhileKnown).reduce((sum, count) => sum + count, 0);
  const starts = [...own, ...others.flat().flatMap(({ word, jobId }) => (word === 'started' ? [jobId] : []))];
  const idle = others.filter((notes) => !notes.some(({ word }) => word === 'started')).length;
  return {
    injected: pauses,
    what: 'pauses',
    figures: {},
    broken: [
      ...(ownStartsWhilePaused === 0
        ? []
        : [`${ownStartsWhilePaused} starts after the pause was answered, in the process that asked for it`]),
      ...(forbidden === 0 ? [] : [`${forbidden} starts after another process had to know of the pause`]),
      ...(completed === jobs ? [] : [`${completed} of ${jobs} jobs completed`]),
      ...(new Set(starts).size === starts.length ? [] : ['a job that was given back started twice']),
      ...(idle === 0 && own.length > 0 ? [] : ['a process started no job: that was no race']),
    ],
  };
}

function startsWhileKnown(notes: readonly Note[]): number {
  let isKnown = false;
  let count = 0;
  for (const { word } of notes) {
    if (word === 'knows') isKnown = true;
    else if (word === 'forgets') isKnown = false;
    else if (word === 'started' && isKnown) count++;
  }
  return count;
}
