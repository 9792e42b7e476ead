import type { EngineSource } from '../engines/engine.ts';
import type { Case, Figures } from './cases.ts';
import { StopWatch } from './clock.ts';
import { idOf, payloadOf } from './payload.ts';
import { analyze, type Place } from './services.ts';

/** Milliseconds after which a pass is long enough, however few jobs it did. */
const LONG_ENOUGH = 3_000;
const JOBS = 20_000;
const WARM_UP_JOBS = 2_000;
const JOBS_PER_BULK = 1_000;

/** `<scenario>` names: one caller after the other, several callers at once, many jobs a call, and a backlog worked off. */
export const ONE_BY_ONE = 'enqueue one by one';
export const BULK = `enqueue ${JOBS_PER_BULK.toLocaleString('en')} a call`;
export const PROCESS = 'process';
export const inFlight = (callers: number): string => `enqueue, ${callers} in flight`;

/** How an engine is fed and worked. */
export interface Load {
  /** Callers that each await their own `add`. */
  readonly callers: number;
  /** Jobs run at once. */
  readonly concurrency: number;
}

/** The cases of one engine. */
export function throughputCases(source: EngineSource, { callers, concurrency }: Load): Case[] {
  const scenarios: Readonly<Record<string, (source: EngineSource, place: Place) => Promise<Figures>>> = {
    [ONE_BY_ONE]: (from, place) => enqueue(from, place, 1),
    [inFlight(callers)]: (from, place) => enqueue(from, place, callers),
    [BULK]: enqueueBulk,
    [PROCESS]: (from, place) => processBacklog(from, place, concurrency),
  };
  return Object.entries(scenarios).map(([scenario, run]) => ({
    engine: source.name,
    scenario,
    needs: source.needs,
    run: (place) => run(source, place),
  }));
}

async function enqueue(source: EngineSource, place: Place, callers: number): Promise<Figures> {
  const engine = await source.open(place);
  const addMany = (jobs: number): Promise<number> => {
    const watch = new StopWatch();
    let added = 0;
    const caller = async (): Promise<void> => {
      while (added < jobs && watch.elapsed < LONG_ENOUGH) await engine.add(payloadOf(added++));
    };
    return Promise.all(Array.from({ length: callers }, caller)).then(() => added);
  };
  await addMany(WARM_UP_JOBS);
  const watch = new StopWatch();
  return watch.finish(await addMany(JOBS));
}

async function enqueueBulk(source: EngineSource, place: Place): Promise<Figures> {
  const engine = await source.open(place);
  await addBacklog(engine.addMany, WARM_UP_JOBS);
  const watch = new StopWatch();
  let added = 0;
  while (added < 2 * JOBS && watch.elapsed < LONG_ENOUGH) {
    await addBacklog(engine.addMany, JOBS_PER_BULK);
    added += JOBS_PER_BULK;
  }
  return watch.finish(added);
}

/**
 * Works off a backlog. The clock starts when so many handlers ran that everything is warm, and stops with the last one: what an engine stores after a handler
 * counts, except for the last batch.
 */
async function processBacklog(source: EngineSource, place: Place, concurrency: number): Promise<Figures> {
  const engine = await source.open(place);
  await addBacklog(engine.addMany, WARM_UP_JOBS + JOBS);
  await analyze(place);
  return new Promise((resolve, reject) => {
    let watch = new StopWatch();
    let done = 0;
    const handler = async (payload: unknown): Promise<undefined> => {
      idOf(payload);
      done++;
      if (done === WARM_UP_JOBS) watch = new StopWatch();
      const jobs = done - WARM_UP_JOBS;
      if (jobs < JOBS && (jobs % 100 !== 0 || watch.elapsed < LONG_ENOUGH || jobs <= 0)) return;
      resolve(watch.finish(jobs));
      // Ends the work here: whatever came after would compete with the report.
      await new Promise(() => undefined);
    };
    engine.work(handler, concurrency).catch(reject);
  });
}

async function addBacklog(
  addMany: (payloads: ReturnType<typeof payloadOf>[]) => Promise<unknown>,
  jobs: number,
): Promise<void> {
  for (let id = 0; id < jobs; id += JOBS_PER_BULK) {
    await addMany(Array.from({ length: JOBS_PER_BULK }, (_, i) => payloadOf(id + i)));
  }
}
