import { NotingFleet } from '../harness/noting-fleet.ts';
import { defineScenario, type Outcome, type Place } from '../harness/scenario.ts';
import { SeededRandom } from '../harness/seeded-random.ts';
import { until } from '../harness/until.ts';

const PROCESSES = 2;
const CONCURRENCY = 5;
/** Milliseconds that a job takes, between these. */
const RUN_MS = [5, 10] as const;

interface Size {
  /** Jobs of the tenant that has too many. */
  readonly flood: number;
  /** Jobs of others that are added meanwhile, one after the other. */
  readonly resets: number;
  /** Starts that may come between such a job and its own start. A process that is not let run holds what it claimed while others go on. */
  readonly within: number;
}

/** Row 27: one tenant's jobs flood a queue that gives each its turn. A job of another's does not wait for them. */
export const tenantFlood = defineScenario<Size>({
  row: 27,
  name: "a tenant's jobs flood a fair queue",
  backends: ['sqlite', 'postgres'],
  sizes: {
    ci: { flood: 2_000, resets: 5, within: 200 },
    short: { flood: 100_000, resets: 100, within: 50 },
    full: { flood: 100_000, resets: 500, within: 50 },
  },
  run: (place, size) => runFlooded(place, size),
});

/** @param isFair - `false` plants the fault. */
export async function runFlooded(
  place: Place,
  { flood, resets, within }: Size,
  isFair = true,
): Promise<Outcome> {
  await using fleet = await NotingFleet.open(place);
  const random = new SeededRandom(place.seed);
  const started: string[] = [];
  fleet.onStarted((jobId) => started.push(jobId));
  const newJob = (groupKey: string) => ({
    type: 'test',
    payload: random.between(...RUN_MS),
    groupKey,
    isFair,
  });
  await fleet.add(flood, () => newJob('flood'));
  await fleet.start(PROCESSES, CONCURRENCY);
  await until('the flood is worked on', () => started.length > 0);
  let most = 0;
  for (let n = 0; n < resets; n++) {
    const [reset] = await fleet.queue.adapter.add([newJob(`tenant ${n}`)]);
    const from = started.length;
    const place = await until('it starts', () => indexOrNull(started, reset?.id ?? ''), 600_000);
    most = Math.max(most, place - from);
  }
  const left = flood + resets - started.length;
  return {
    injected: flood,
    what: 'jobs of one',
    figures: {},
    broken: [
      ...(most <= within ? [] : [`${most} starts before that of another tenant's; at most ${within} may be`]),
      ...(left > within ? [] : ['the flood was over before the last had started: that was no flood']),
    ],
    measured: { 'most starts before': most },
  };
}

function indexOrNull(ids: readonly string[], id: string): number | null {
  const index = ids.indexOf(id);
  return index < 0 ? null : index;
}
