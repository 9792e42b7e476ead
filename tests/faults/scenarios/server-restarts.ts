import { setTimeout as wait } from 'node:timers/promises';
import { startServerOf } from '../harness/backends.ts';
import { Fleet } from '../harness/fleet.ts';
import { defineScenario, toOutcome } from '../harness/scenario.ts';
import { Trial } from '../harness/trial.ts';
import { until } from '../harness/until.ts';

/** Milliseconds a server stays down at most. */
const LONGEST_DOWN = 1_000;

/**
 * Row 10: the server is killed (kill -9) and started again, while jobs are enqueued and worked off. What it acknowledged it has kept: PostgreSQL with its
 * defaults, Redis with `appendfsync always`.
 */
export const serverRestarts = defineScenario<{ readonly jobs: number; readonly restarts: number }>({
  row: 10,
  name: 'server killed (kill -9) and restarted',
  backends: ['postgres', 'bullmq'],
  sizes: {
    ci: { jobs: 200, restarts: 2 },
    short: { jobs: 6_000, restarts: 30 },
    full: { jobs: 20_000, restarts: 100 },
  },
  async run({ backend, seed }, { jobs, restarts }) {
    const server = await startServerOf(backend);
    if (server === null) throw new Error('needs a server');
    try {
      await using trial = await Trial.open({ backend, seed, server, provider: { latency: [1, 10] } });
      new Fleet(trial, 2);
      const producing = trial.produce(jobs, { triesAgain: true });
      for (let restart = 1; restart <= restarts; restart++) {
        const before = Math.floor((jobs * 0.9 * restart) / restarts);
        await until(`${before} messages`, () => trial.provider.accepted() >= before);
        await wait(trial.random.between(0, 100));
        await server.kill();
        await wait(trial.random.between(0, LONGEST_DOWN));
        await server.restart();
      }
      await producing;
      await trial.drained();
      return toOutcome([restarts, 'restarts'], await trial.check());
    } finally {
      await server.stop();
    }
  },
});
