import { Fleet } from '../harness/fleet.ts';
import { defineScenario, toOutcome } from '../harness/scenario.ts';
import { Trial } from '../harness/trial.ts';

const LEASE = 1_000;
const MAX_CRASHES = 3;

/** Row 5: some jobs kill whatever worker runs them. They are set aside after three deaths; all others are sent. */
export const poison = defineScenario<{ readonly jobs: number; readonly every: number }>({
  row: 5,
  name: 'poison jobs',
  backends: ['sqlite', 'postgres', 'bullmq'],
  sizes: { ci: { jobs: 60, every: 30 }, full: { jobs: 5_000, every: 100 } },
  async run(place, { jobs, every }) {
    await using trial = await Trial.open({ ...place, options: { leaseMs: LEASE } });
    await trial.produce(jobs);
    const fleet = new Fleet(trial, 2, { poisonEvery: every });
    const deaths = await fleet.keepUp(() => trial.isDrained());
    const poisonous = Math.floor(jobs / every);
    const isPoison = (n: number): boolean => n % every === 0;
    const tooMany = deaths > poisonous * MAX_CRASHES;
    return toOutcome([deaths, 'deaths'], await trial.check({ isPoison }), {
      broken: tooMany ? [`${deaths} workers died of ${poisonous} poison jobs`] : [],
    });
  },
});
