import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { QueueAdapter } from '@townkrier/queue';
import { freshAddress, openQueue } from '../harness/backends.ts';
import { type ChildProgram, startProgram } from '../harness/child-program.ts';
import type { LimitSettings } from '../harness/limit-program.ts';
import { readLines } from '../harness/line-file.ts';
import { defineScenario, type Outcome, type Place } from '../harness/scenario.ts';
import { SeededRandom } from '../harness/seeded-random.ts';
import { mostWithin } from '../harness/starts.ts';

const PROCESSES = 8;
const NAME = 'limited';
const LIMIT = { max: 200, per: 1_000 };
/** Killed at the end, each replaced at once: what they had taken and not used is lost for a span, and no more starts for it. */
const KILLS = 3;

/** How long it runs under load before the kills. */
interface Size {
  readonly seconds: number;
  /** Part of the limit that has to be used meanwhile. */
  readonly leastUse: number;
}

/** Row 24: eight processes share a limit; in no span are there more starts than it allows, and nearly as many while there is work. Then some are killed. */
export const rateLimit = defineScenario<Size>({
  row: 24,
  name: `${PROCESSES} processes share a limit of ${LIMIT.max} starts in ${LIMIT.per} ms`,
  backends: ['sqlite', 'postgres', 'bullmq'],
  sizes: {
    // Among all the other tests the processes do not get the time they would need.
    ci: { seconds: 4, leastUse: 0.5 },
    short: { seconds: 30, leastUse: 0.95 },
    full: { seconds: 600, leastUse: 0.95 },
  },
  run: (place, size) => runLimited(place, size),
});

/** @param fault - Planted in one of the processes. */
export async function runLimited(
  place: Place,
  { seconds, leastUse }: Size,
  fault?: LimitSettings['fault'],
): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'townkrier-limit-'));
  const queue = freshAddress(place.backend, folder, place.server?.url);
  const { adapter } = await openQueue(queue);
  const random = new SeededRandom(place.seed);
  let programs = 0;
  const start = (planted?: LimitSettings['fault']) =>
    startProgram(
      './limit-program.ts',
      {
        queue,
        name: NAME,
        rateLimit: LIMIT,
        concurrency: random.between(5, 20),
        runMs: random.between(0, 20),
        starts: join(folder, `starts-${programs++}`),
        ...(planted !== undefined && { fault: planted }),
      } satisfies LimitSettings,
      join(folder, 'limit.log'),
    );
  const workers = Array.from({ length: PROCESSES }, (_, i) => start(i === 0 ? fault : undefined));
  try {
    await Promise.all(workers.map(({ ready }) => ready));
    await addJobs(adapter, (seconds + 10) * LIMIT.max);
    await wait((seconds + 1) * 1_000);
    const loaded = startsIn(folder, programs);
    await killSome(workers, random, start);
    await wait(2 * LIMIT.per);
    return judge(loaded, startsIn(folder, programs), leastUse);
  } finally {
    await killAll(workers);
    await adapter.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function addJobs(adapter: QueueAdapter, count: number): Promise<void> {
  for (let added = 0; added < count; added += 500) {
    const jobs = Array.from({ length: Math.min(500, count - added) }, () => ({
      type: 'test',
      queue: NAME,
      payload: null,
    }));
    await adapter.add(jobs);
  }
}

async function killSome(workers: ChildProgram[], random: SeededRandom, start: () => ChildProgram) {
  for (let kill = 0; kill < KILLS; kill++) {
    await wait(random.between(50, 300));
    const victim = random.between(0, PROCESSES - 1);
    workers[victim]?.process.kill('SIGKILL');
    workers[victim] = start();
  }
}

async function killAll(workers: readonly ChildProgram[]): Promise<void> {
  for (const { process } of workers) process.kill('SIGKILL');
  await Promise.all(workers.map(({ exited }) => exited));
}

/** The moments of all starts, in order. */
function startsIn(folder: string, programs: number): number[] {
  const files = Array.from({ length: programs }, (_, i) => join(folder, `starts-${i}`));
  return files.flatMap((file) => readLines(file).map(([moment]) => Number(moment))).sort((a, b) => a - b);
}

function judge(loaded: readonly number[], all: readonly number[], leastUse: number): Outcome {
  const most = mostWithin(all, LIMIT.per);
  const used = LIMIT.per / meanTimeFor(LIMIT.max, loaded);
  return {
    injected: KILLS,
    what: 'kills',
    figures: {},
    broken: [
      ...(most > LIMIT.max ? [`${most} starts within ${LIMIT.per} ms, where ${LIMIT.max} are allowed`] : []),
      ...(used >= leastUse ? [] : [`only ${(used * 100).toFixed(1)} % of the limit was used under load`]),
    ],
    measured: { 'most starts in a span': most, 'used under load, %': Math.round(used * 1_000) / 10 },
  };
}

/** How long so many starts take on the average, in milliseconds; `NaN` when there are fewer. */
function meanTimeFor(count: number, starts: readonly number[]): number {
  const times = starts.slice(count).map((moment, i) => moment - (starts[i] ?? moment));
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}
