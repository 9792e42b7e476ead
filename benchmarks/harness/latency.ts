import { fork } from 'node:child_process';
import { fdatasyncSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { EngineSource } from '../engines/engine.ts';
import type { Case, Figures } from './cases.ts';
import { sharedMicroseconds } from './clock.ts';
import { idOf, payloadOf } from './payload.ts';
import type { Place } from './services.ts';
import { percentile } from './statistics.ts';

/** The scenarios: a job added to an idle queue in the process that works, and in another one; and a job that is due later. */
export const SAME_PROCESS = 'add to start';
export const OTHER_PROCESS = 'add to start, from another process';
export const DELAYED = 'delayed';

const IDLE_JOBS = 150;
const WARM_UP_JOBS = 20;
const DELAYED_JOBS = 100;
const CONCURRENCY = 10;
/** Milliseconds in which the delayed jobs come due, spread evenly by chance. */
const FIRST_DUE = 500;
const LAST_DUE = 4_500;
/** Milliseconds until everything that starts with a worker has come to rest. */
const SETTLE = 500;
const PAGE = Buffer.alloc(4_096, 'x');
const PRODUCER = fileURLToPath(new URL('producer.ts', import.meta.url));

export function latencyCase(source: EngineSource, scenario: string): Case {
  const run = { [SAME_PROCESS]: addHere, [OTHER_PROCESS]: addElsewhere, [DELAYED]: addLater }[scenario];
  if (run === undefined) throw new Error(`there is no scenario "${scenario}"`);
  return { engine: source.name, scenario, needs: source.needs, run: (place) => run(source, place) };
}

/** What the disk alone takes to keep 4 kB: no queue that syncs can be faster. */
export const diskCase: Case = {
  engine: 'the disk: 4 kB written and synced',
  scenario: SAME_PROCESS,
  needs: [],
  async run({ folder }) {
    const file = await open(join(folder, 'synced'), 'w');
    const delays: number[] = [];
    for (let i = 0; i < WARM_UP_JOBS + IDLE_JOBS; i++) {
      await pause();
      const startedAt = sharedMicroseconds();
      writeSync(file.fd, PAGE);
      fdatasyncSync(file.fd);
      delays.push((sharedMicroseconds() - startedAt) / 1_000);
    }
    return percentilesOf(delays.slice(WARM_UP_JOBS));
  },
};

/** Long enough for the queue to be idle again, and by chance, so that no timer of an engine falls in step. */
export function pause(): Promise<void> {
  return wait(5 + Math.random() * 20);
}

/** A payload that says when it was added. */
export function stampedPayload(): ReturnType<typeof payloadOf> {
  return payloadOf(sharedMicroseconds());
}

async function addHere(source: EngineSource, place: Place): Promise<Figures> {
  const engine = await source.open(place);
  const delays: number[] = [];
  let onStart: () => void = () => undefined;
  await engine.work(async (payload) => {
    delays.push((sharedMicroseconds() - idOf(payload)) / 1_000);
    onStart();
    return undefined;
  }, CONCURRENCY);
  await wait(SETTLE);
  for (let i = 0; i < WARM_UP_JOBS + IDLE_JOBS; i++) {
    await pause();
    const started = new Promise<void>((resolve) => {
      onStart = resolve;
    });
    await Promise.all([engine.add(stampedPayload()), started]);
  }
  return percentilesOf(delays.slice(WARM_UP_JOBS));
}

async function addElsewhere(source: EngineSource, place: Place): Promise<Figures> {
  const engine = await source.open(place);
  const delays: number[] = [];
  const { promise: allStarted, resolve } = Promise.withResolvers<void>();
  await engine.work(async (payload) => {
    delays.push((sharedMicroseconds() - idOf(payload)) / 1_000);
    if (delays.length === WARM_UP_JOBS + IDLE_JOBS) resolve();
    return undefined;
  }, CONCURRENCY);
  const producer = fork(PRODUCER, [source.name, JSON.stringify(place), String(WARM_UP_JOBS + IDLE_JOBS)]);
  await allStarted;
  producer.kill();
  return percentilesOf(delays.slice(WARM_UP_JOBS));
}

async function addLater(source: EngineSource, place: Place): Promise<Figures> {
  const engine = await source.open(place);
  const delays: number[] = [];
  const { promise: allStarted, resolve } = Promise.withResolvers<void>();
  await engine.work(async (payload) => {
    delays.push(Date.now() - idOf(payload));
    if (delays.length === DELAYED_JOBS) resolve();
    return undefined;
  }, CONCURRENCY);
  for (let i = 0; i < DELAYED_JOBS; i++) {
    const delay = Math.round(FIRST_DUE + Math.random() * (LAST_DUE - FIRST_DUE));
    await engine.add(payloadOf(Date.now() + delay), delay);
  }
  await allStarted;
  return percentilesOf(delays);
}

/** Milliseconds. */
function percentilesOf(delays: readonly number[]): Figures {
  return { p50: percentile(delays, 50), p99: percentile(delays, 99), least: Math.min(...delays) };
}
