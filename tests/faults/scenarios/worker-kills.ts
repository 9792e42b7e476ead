import { Fleet } from '../harness/fleet.ts';
import { defineScenario, type Outcome, type Place, toOutcome } from '../harness/scenario.ts';
import { Trial } from '../harness/trial.ts';

/** Short, so that a run with many kills ends soon; how long the defaults take, row 1 of `recovery-time.ts` measures. Milliseconds. */
const LEASE = 2_000;
const WORKERS = 3;

interface Size {
  readonly jobs: number;
  readonly kills: number;
}

/** Rows 1 to 3: workers are killed (SIGKILL) while they send. */
export const workerKills = [
  { row: 1, backend: 'sqlite', full: { jobs: 100_000, kills: 1_000 } },
  { row: 2, backend: 'bullmq', full: { jobs: 30_000, kills: 300 } },
  { row: 3, backend: 'postgres', full: { jobs: 30_000, kills: 300 } },
].flatMap(({ row, backend, full }) =>
  [true, false].map((honoursKeys) =>
    defineScenario<Size>({
      row,
      name: `workers killed${honoursKeys ? '' : '; a provider without keys'}`,
      backends: [backend as Place['backend']],
      sizes: {
        ci: honoursKeys ? { jobs: 300, kills: 6 } : { jobs: 150, kills: 4 },
        full: honoursKeys ? full : { jobs: full.jobs / 10, kills: full.kills / 10 },
      },
      run: (place, size) => killWorkers(place, size, honoursKeys),
    }),
  ),
);

async function killWorkers(place: Place, { jobs, kills }: Size, honoursKeys: boolean): Promise<Outcome> {
  await using trial = await Trial.open({
    ...place,
    options: { leaseMs: LEASE },
    provider: { honoursKeys, latency: [1, 10] },
  });
  const fleet = new Fleet(trial, WORKERS);
  const producing = trial.produce(jobs);
  // Some work is left for after the last kill: a queue that is empty by then would have met fewer faults than it says.
  const perKill = Math.floor((jobs * 0.9) / kills);
  await fleet.endSome({ times: kills, every: [Math.ceil(perKill / 2), perKill], signal: 'SIGKILL' });
  await producing;
  await trial.drained();
  // At a kill every hundred jobs, chance kills the worker of some job three times. It is set aside, as it should be, and an operator starts it again.
  const replayed = await trial.replay('QUEUE_JOB_POISON');
  return toOutcome([kills, 'kills'], await trial.check(), {
    measured: { 'hit by 3 kills, replayed': replayed },
  });
}
