import { defineScenario, toOutcome } from '../harness/scenario.ts';
import { Trial } from '../harness/trial.ts';
import { until } from '../harness/until.ts';

/** What is promised with default settings, in milliseconds; a busy machine gets some more before the test fails. */
const PROMISED = { sqlite: 20_000, postgres: 20_000, bullmq: 45_000 } as const;
const GRACE = 5_000;

/** How soon a dead worker's job runs again when nothing is configured. */
export const recoveryTime = defineScenario<{ readonly rounds: number }>({
  row: 1,
  name: 'recovery time with default settings',
  backends: ['sqlite', 'postgres', 'bullmq'],
  sizes: { ci: { rounds: 1 }, full: { rounds: 10 } },
  async run(place, { rounds }) {
    await using trial = await Trial.open(place);
    const times: number[] = [];
    let survivor = trial.startWorker();
    await survivor.ready;
    for (let round = 1; round <= rounds; round++) {
      await trial.provider.follow([{ does: 'hang before accept', times: 1, per: 'all' }]);
      const victim = survivor;
      await trial.produce(1, { from: round });
      await until('the victim has called the provider', () => trial.provider.hung() === round);
      survivor = trial.startWorker();
      await survivor.ready;
      await trial.end(victim, 'SIGKILL');
      const killedAt = Date.now();
      await until(
        'the job is done',
        () => trial.provider.accepted() === round,
        PROMISED[place.backend] + GRACE,
      );
      times.push(Date.now() - killedAt);
    }
    await trial.drained();
    const measured = { 'longest ms': Math.max(...times), 'mean ms': Math.round(sum(times) / rounds) };
    return toOutcome([rounds, 'kills'], await trial.check(), { measured });
  },
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
