import { Fleet } from '../harness/fleet.ts';
import { defineScenario, toOutcome } from '../harness/scenario.ts';
import { Trial } from '../harness/trial.ts';

/** Milliseconds; what an app's supervisor allows before it kills. */
const SHUTDOWN_TIMEOUT = 10_000;
const EXIT_MARGIN = 1_000;

/** Row 6: workers are asked to end (SIGTERM) and replaced under load, as in a deployment. Nothing is lost, and nothing runs twice. */
export const rollingRestart = defineScenario<{ readonly jobs: number; readonly restarts: number }>({
  row: 6,
  name: 'rolling restart (SIGTERM) under load',
  backends: ['sqlite', 'postgres', 'bullmq'],
  sizes: {
    ci: { jobs: 200, restarts: 5 },
    short: { jobs: 5_000, restarts: 100 },
    full: { jobs: 25_000, restarts: 500 },
  },
  async run(place, { jobs, restarts }) {
    await using trial = await Trial.open({
      ...place,
      options: { shutdownTimeout: SHUTDOWN_TIMEOUT },
      provider: { latency: [5, 50] },
    });
    const fleet = new Fleet(trial, 4);
    const producing = trial.produce(jobs);
    const perRestart = Math.floor((jobs * 0.9) / restarts);
    const times = await fleet.endSome({
      times: restarts,
      every: [Math.ceil(perRestart / 2), perRestart],
      signal: 'SIGTERM',
    });
    await producing;
    await trial.drained();
    const verdict = await trial.check();
    const badExits = trial.workers.filter((worker) => worker.exit() !== null && worker.exit()?.code !== 0);
    const crashes = [...(await trial.evidence()).jobs.values()].reduce(
      (sum, job) => sum + (job?.crashes ?? 0),
      0,
    );
    const longest = Math.max(...times);
    return toOutcome([restarts, 'restarts'], verdict, {
      broken: [
        ...(verdict.figures.duplicated > 0
          ? [`${verdict.figures.duplicated} ran again after an orderly end`]
          : []),
        ...(crashes > 0 ? [`${crashes} jobs count a crash though no worker crashed`] : []),
        ...badExits.map(({ name }) => `${name} did not end in order`),
        ...(longest > SHUTDOWN_TIMEOUT + EXIT_MARGIN ? [`a worker took ${longest} ms to end`] : []),
      ],
      measured: { 'longest exit ms': longest },
    });
  },
});
