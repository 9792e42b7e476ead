import { defineScenario, type Outcome, type Place, sumOutcomes, toOutcome } from '../harness/scenario.ts';
import { Trial } from '../harness/trial.ts';
import { until } from '../harness/until.ts';

/** Milliseconds. */
const LEASE = 2_000;
const SHUTDOWN_TIMEOUT = 1_000;
const EXIT_MARGIN = 2_000;
const IN_HAND = 5;

/**
 * Row 7: the provider hangs and its channel ignores that it is told to stop. One signal: the worker waits as long as it may, gives its jobs back and ends.
 * Two signals: it ends at once, and its lease gives the jobs back. Either way another worker sends them, and no attempt is used up.
 */
export const stubbornHandlers = [1, 2].map((signals) =>
  defineScenario<{ readonly rounds: number }>({
    row: 7,
    name: signals === 1 ? 'handlers that ignore the abort' : 'a second signal while handlers hang',
    backends: ['sqlite', 'postgres', 'bullmq'],
    sizes: { ci: { rounds: 1 }, short: { rounds: 10 }, full: { rounds: 50 } },
    async run(place, { rounds }) {
      const outcomes: Outcome[] = [];
      for (let round = 0; round < rounds; round++) outcomes.push(await stop(place, signals));
      return sumOutcomes(outcomes);
    },
  }),
);

async function stop(place: Place, signals: number): Promise<Outcome> {
  const shutdownTimeout = signals === 1 ? SHUTDOWN_TIMEOUT : 60_000;
  await using trial = await Trial.open({
    ...place,
    options: { leaseMs: LEASE, shutdownTimeout },
    provider: { rules: [{ does: 'hang before accept', times: 1, per: 'key' }] },
  });
  await trial.produce(IN_HAND);
  const app = { providerUrl: trial.provider.url, honoursKeys: true, ignoresAbort: true };
  const worker = trial.startWorker({ app });
  await until('all handlers hang', () => trial.provider.hung() === IN_HAND);
  const start = Date.now();
  trial.expectEnd(worker);
  worker.signal('SIGTERM');
  await until('it has heard the signal', () => worker.notes('stopping').length > 0);
  if (signals === 2) worker.signal('SIGTERM');
  await worker.exited;
  const took = Date.now() - start;
  const allowed = signals === 1 ? SHUTDOWN_TIMEOUT + EXIT_MARGIN : EXIT_MARGIN;
  trial.startWorker();
  await trial.drained();
  const crashes = [...(await trial.evidence()).jobs.values()].map((job) => job?.crashes ?? 0);
  const expected = signals === 1 ? 0 : 1;
  return toOutcome([signals, 'signals'], await trial.check(), {
    broken: [
      ...(took > allowed ? [`the worker took ${took} ms to end`] : []),
      ...(crashes.some((count) => count !== expected)
        ? [`crashes counted: ${crashes}; expected ${expected} each`]
        : []),
    ],
    measured: { 'exit ms': took },
  });
}
