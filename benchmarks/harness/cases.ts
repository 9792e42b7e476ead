import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { lastMeasured } from './clock.ts';
import { type Place, type ServiceName, type Services, startServices } from './services.ts';

/** Milliseconds a case may take before it counts as stuck. */
const CASE_TIMEOUT = 180_000;
const PLACE_VARIABLE = 'TOWNKRIER_BENCHMARK_PLACE';

/** What one pass of a case found, by name. */
export type Figures = Readonly<Record<string, number>>;

/** One engine doing one thing. */
export interface Case {
  readonly engine: string;
  readonly scenario: string;
  /** The servers it talks to. Where one cannot be started, the case is left out. */
  readonly needs: readonly ServiceName[];
  /** Warms up and measures. Need not free anything: its process ends with it. */
  run(place: Place): Promise<Figures>;
}

/** A case, and the figures of each round. */
export interface Measured {
  readonly engine: string;
  readonly scenario: string;
  readonly samples: readonly Figures[];
}

/**
 * Runs every case in a process of its own, once a round, the cases of a round one after the other, so that a slow moment of the machine meets all.
 *
 * A script calls this first. In the process of a case it runs that case and never returns.
 *
 * `node <script> [rounds] [words that engine or scenario contains]`; `node <script> --case "<engine>: <scenario>"` runs one case here, with servers of its
 * own, to be profiled.
 *
 * @param script - `import.meta.url` of the calling script.
 */
export async function measure(script: string, cases: readonly Case[], rounds = 3): Promise<Measured[]> {
  const [, , first, ...words] = process.argv;
  if (first === '--case') return runHere(cases, words[0] ?? '');
  const services = await startServices([...new Set(cases.flatMap(({ needs }) => needs))]);
  for (const reason of services.missing.values()) console.log(`left out: ${reason}`);
  const chosen = cases.filter((one) => isWanted(one, words, services));
  const measured = chosen.map((one) => ({ ...one, samples: [] as Figures[] }));
  for (let round = 0; round < Number(first ?? rounds); round++) {
    for (const one of measured) {
      try {
        one.samples.push(await runInProcess(script, one, services));
      } catch (error) {
        // The others go on; a round without it is seen in its figures and in how this ends.
        console.error(`"${nameOf(one)}" failed:`, error);
        process.exitCode = 1;
      }
    }
  }
  await services.stop();
  return measured;
}

/** What a case is called on the command line. */
function nameOf({ engine, scenario }: { readonly engine: string; readonly scenario: string }): string {
  return `${engine}: ${scenario}`;
}

function isWanted(one: Case, words: readonly string[], services: Services): boolean {
  if (one.needs.some((name) => services.missing.has(name))) return false;
  return words.length === 0 || words.some((word) => nameOf(one).includes(word));
}

async function runHere(cases: readonly Case[], name: string): Promise<never> {
  const found = cases.find((one) => nameOf(one) === name);
  if (found === undefined) throw new Error(`no case "${name}"; there are ${cases.map(nameOf).join(', ')}`);
  const place = process.env[PLACE_VARIABLE];
  if (place !== undefined) {
    const figures = await found.run(JSON.parse(place));
    await new Promise((sent) => process.send?.(figures, sent));
    process.exit(0);
  }
  const services = await startServices(found.needs);
  const figures = await found.run(await services.open());
  console.log(JSON.stringify({ figures, measured: lastMeasured }));
  await services.stop();
  process.exit(0);
}

async function runInProcess(script: string, one: Case, services: Services): Promise<Figures> {
  const place = await services.open();
  const child = fork(fileURLToPath(script), ['--case', nameOf(one)], {
    execArgv: process.execArgv,
    env: { ...process.env, [PLACE_VARIABLE]: JSON.stringify(place) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    return await figuresOf(child);
  } finally {
    await services.clean(place);
  }
}

function figuresOf(child: ChildProcess): Promise<Figures> {
  return new Promise((resolve, reject) => {
    let figures: Figures | undefined;
    const timer = setTimeout(() => child.kill('SIGKILL'), CASE_TIMEOUT);
    child.on('message', (message) => {
      figures = message as Figures;
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (code === 0 && figures !== undefined) resolve(figures);
      else reject(new Error(`its process ended with ${code ?? signal} and no figures`));
    });
  });
}
