import { defineScenario, toOutcome } from '../harness/scenario.ts';
import { Trial } from '../harness/trial.ts';

const PROCESSES = 8;

/** Row 19: eight processes claim from one queue as fast as they can, without a fault. Each job runs exactly once. */
export const claimRace = defineScenario<{ readonly jobs: number }>({
  row: 19,
  name: `${PROCESSES} processes race for jobs`,
  backends: ['sqlite', 'postgres', 'bullmq'],
  sizes: { ci: { jobs: 400 }, short: { jobs: 20_000 }, full: { jobs: 80_000 } },
  async run(place, { jobs }) {
    await using trial = await Trial.open(place);
    const workers = Array.from({ length: PROCESSES }, () => trial.startWorker());
    await Promise.all(workers.map(({ ready }) => ready));
    await trial.produce(jobs);
    await trial.drained(1_800_000);
    const verdict = await trial.check();
    const idle = workers.filter((worker) => worker.runs().length === 0);
    return toOutcome([PROCESSES, 'processes'], verdict, {
      broken: [
        ...(verdict.figures.duplicated > 0 ? [`${verdict.figures.duplicated} jobs ran more than once`] : []),
        ...(idle.length > 0 ? [`${idle.length} processes got no job: that was no race`] : []),
      ],
    });
  },
});
