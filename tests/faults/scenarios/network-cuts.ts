import { setTimeout as wait } from 'node:timers/promises';
import { behind } from '../harness/backends.ts';
import { Fleet } from '../harness/fleet.ts';
import { defineScenario, toOutcome } from '../harness/scenario.ts';
import { TcpProxy } from '../harness/tcp-proxy.ts';
import { Trial } from '../harness/trial.ts';
import { until } from '../harness/until.ts';

/** Row 8: all connections to the server are cut again and again, those of the producer too, which tries again what was refused. */
export const networkCuts = defineScenario<{ readonly jobs: number; readonly cuts: number }>({
  row: 8,
  name: 'all connections cut (RST)',
  backends: ['postgres', 'bullmq'],
  sizes: {
    ci: { jobs: 300, cuts: 8 },
    short: { jobs: 10_000, cuts: 200 },
    full: { jobs: 50_000, cuts: 1_000 },
  },
  async run({ backend, server, seed }, { jobs, cuts }) {
    if (server === null) throw new Error('needs a server');
    const proxy = await TcpProxy.to(server.port);
    await using trial = await Trial.open({
      backend,
      seed,
      server: behind(proxy.port, server),
      provider: { latency: [1, 10] },
    });
    new Fleet(trial, 2);
    const producing = trial.produce(jobs, { triesAgain: true });
    let longest = 0;
    for (let cut = 1; cut <= cuts; cut++) {
      const before = Math.floor((jobs * 0.9 * cut) / cuts);
      await until(`${before} messages`, () => trial.provider.accepted() >= before);
      await wait(trial.random.between(0, 50));
      proxy.cut();
      longest = Math.max(longest, await resumed(trial));
    }
    await producing;
    await trial.drained();
    const verdict = await trial.check();
    await proxy.close();
    return toOutcome([cuts, 'cuts'], verdict, { measured: { 'longest standstill ms': longest } });
  },
});

/** Resolves with the milliseconds until the next message is accepted. */
async function resumed({ provider }: Trial): Promise<number> {
  const [start, accepted] = [Date.now(), provider.accepted()];
  await until('work goes on after the cut', () => provider.accepted() > accepted);
  return Date.now() - start;
}
