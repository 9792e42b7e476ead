/**
 * How long a job stays lost when its worker is killed (`SIGKILL`) while running it: seconds until another worker, which was there all the time, starts it again.
 * Default settings. All engines and rounds wait at the same time, as they do nothing else.
 *
 *     node benchmarks/queue-recovery.ts [rounds]
 */
import { fork } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { engineNamed } from './engines/all.ts';
import { bareBullmq } from './engines/bullmq.ts';
import type { EngineSource } from './engines/engine.ts';
import { townkrierBullmq, townkrierPostgres, townkrierSqlite } from './engines/townkrier.ts';
import type { Measured } from './harness/cases.ts';
import { sharedMicroseconds } from './harness/clock.ts';
import { payloadOf } from './harness/payload.ts';
import { report } from './harness/report.ts';
import { type Services, startServices } from './harness/services.ts';

const SCENARIO = 'killed to started again';
const ROUNDS = 3;
const SOURCES = [townkrierSqlite('full'), townkrierPostgres, townkrierBullmq, bareBullmq()];
/** Milliseconds that the survivor is given to come to rest before the other is killed, and up to so many more by chance. */
const SETTLE = 2_000;
const PATIENCE = 100_000;

const [, , role, name = '', place = '{}'] = process.argv;
if (role === '--worker') await workForever(engineNamed(name));
else await measureAll(Number(role ?? ROUNDS));

/** The process of one worker: says that it is ready and when it starts a job, which it never ends. */
async function workForever(source: EngineSource): Promise<void> {
  const engine = await source.open(JSON.parse(place));
  await engine.work(async () => {
    process.send?.('started');
    await new Promise(() => undefined);
    return undefined;
  }, 1);
  process.send?.('ready');
  process.on('message', () => void engine.add(payloadOf(0)));
}

async function measureAll(rounds: number): Promise<void> {
  const services = await startServices(['postgres', 'redis']);
  for (const reason of services.missing.values()) console.log(`left out: ${reason}`);
  const sources = SOURCES.filter(({ needs }) => needs.every((service) => !services.missing.has(service)));
  const measured = await Promise.all(
    sources.map(async (source): Promise<Measured> => {
      const passes = Array.from({ length: rounds }, () => recover(source, services));
      const samples = (await Promise.all(passes)).map((seconds) => ({ seconds }));
      return { engine: source.name, scenario: SCENARIO, samples };
    }),
  );
  await services.stop();
  report(
    'a killed worker: seconds',
    measured,
    [{ scenario: SCENARIO, figure: 'seconds', title: SCENARIO }],
    SOURCES.slice(0, -1).map(({ name: ours }) => ({
      scenario: SCENARIO,
      figure: 'seconds',
      ours,
      atMost: ours === townkrierBullmq.name ? 45 : 20,
    })),
  );
}

async function recover(source: EngineSource, services: Services): Promise<number> {
  const where = JSON.stringify(await services.open());
  const startWorker = async () => {
    const args = ['--worker', source.name, where];
    const child = fork(fileURLToPath(import.meta.url), args, { execArgv: process.execArgv });
    const hears = (word: string): Promise<void> =>
      new Promise((resolve) => child.on('message', (message) => (message === word ? resolve() : undefined)));
    const started = hears('started');
    await hears('ready');
    return { child, started };
  };
  const victim = await startWorker();
  victim.child.send('add');
  await victim.started;
  const survivor = await startWorker();
  await wait(SETTLE + Math.random() * SETTLE);
  const killedAt = sharedMicroseconds();
  victim.child.kill('SIGKILL');
  await Promise.race([survivor.started, wait(PATIENCE, undefined, { ref: false })]);
  survivor.child.kill('SIGKILL');
  return Math.round((sharedMicroseconds() - killedAt) / 100_000) / 10;
}
