import { Fleet } from '../harness/fleet.ts';
import { defineScenario, toOutcome } from '../harness/scenario.ts';
import { Trial } from '../harness/trial.ts';

/** Milliseconds. */
const LEASE = 1_000;
const MAX_CRASHES = 3;
const WORKERS = 2;

/**
 * Row 5: some jobs kill whatever worker runs them. They are set aside after three deaths, and the queue lives on. A crash counts against every job that the
 * worker had in hand, since nobody can tell which one it was: one at a time, neighbours are untouched; ten at once, some that died three times beside a
 * poison job are set aside with it. They are on the list of dead letters, and sent once an operator starts them again.
 */
export const poison = [1, 10].map((concurrency) =>
  defineScenario<{ readonly jobs: number; readonly every: number }>({
    row: 5,
    name: concurrency === 1 ? 'poison jobs, one job at a time' : `poison jobs among ${concurrency} at once`,
    backends: ['sqlite', 'postgres', 'bullmq'],
    sizes: {
      ci: { jobs: 40, every: 20 },
      short: { jobs: 1_000, every: 100 },
      full: { jobs: 5_000, every: 100 },
    },
    async run(place, { jobs, every }) {
      await using trial = await Trial.open({ ...place, options: { leaseMs: LEASE } });
      const isPoison = (n: number): boolean => n % every === 0;
      await trial.produce(jobs);
      const fleet = new Fleet(trial, WORKERS, { poisonEvery: every, concurrency });
      const deaths = await fleet.keepUp(() => trial.isDrained());
      const neighbours = await trial.replay('QUEUE_JOB_POISON', (n) => !isPoison(n));
      const most = Math.floor(jobs / every) * MAX_CRASHES;
      return toOutcome([deaths, 'deaths'], await trial.check({ isPoison, maxCrashes: MAX_CRASHES }), {
        broken: [
          ...(deaths > most ? [`${deaths} workers died; ${most} is the most that should`] : []),
          ...(concurrency === 1 && neighbours > 0 ? [`${neighbours} neighbours were set aside`] : []),
        ],
        measured: { 'neighbours set aside and replayed': neighbours },
      });
    },
  }),
);
