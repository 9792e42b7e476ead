import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { CASES, type Throughput } from './queue-cases.ts';

/*
 * The in-memory queue against others, adding and then working off jobs. One process a case and round, the cases of a round one after the other, so that
 * a slow moment of the machine meets all; medians. Read the ratios: absolute figures are the machine's.
 *
 * node benchmarks/in-memory-queue.ts [rounds]
 */

const ROUNDS = 5;
const CONCURRENCY = 50;
const JOBS = 100_000;
/** p-queue inserts into a sorted array, which gets slower with its length; more would be unfair to it. */
const JOBS_BY_CASE: Readonly<Record<string, number>> = { 'p-queue, 4 priorities': 20_000 };
const WARM_UP_PASSES = 3;

/** What we aim at, end to end: ours, the other, and the least ratio. */
const AIMS = [
  { other: 'binary heap loop', least: 0.6 },
  { other: 'fastq promise', least: 0.8 },
  { other: 'p-queue, 4 priorities', least: 3 },
] as const;

const [, , argument, caseName] = process.argv;
if (argument === '--case' && caseName !== undefined) await runCase(caseName);
else report(runRounds(Number(argument ?? ROUNDS)));

/** One case in this process: passes that warm it up, then the one that counts, as JSON on stdout. */
async function runCase(name: string): Promise<void> {
  const pass = CASES[name]?.(CONCURRENCY);
  if (pass === undefined) throw new Error(`Unknown case ${name}.`);
  const jobs = JOBS_BY_CASE[name] ?? JOBS;
  for (let i = 0; i < WARM_UP_PASSES; i++) await pass(jobs);
  process.stdout.write(JSON.stringify(await pass(jobs)));
}

function runRounds(rounds: number): Map<string, Throughput> {
  const samples = new Map<string, Throughput[]>(Object.keys(CASES).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, list] of samples) list.push(runInProcess(name));
  }
  return new Map([...samples].map(([name, list]) => [name, medianOf(list)]));
}

function runInProcess(name: string): Throughput {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), '--case', name];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

function medianOf(samples: readonly Throughput[]): Throughput {
  const median = (key: keyof Throughput): number =>
    samples.map((sample) => sample[key]).toSorted((a, b) => a - b)[Math.floor(samples.length / 2)] ?? 0;
  return {
    addsPerSecond: median('addsPerSecond'),
    runsPerSecond: median('runsPerSecond'),
    endToEndPerSecond: median('endToEndPerSecond'),
  };
}

function report(medians: ReadonlyMap<string, Throughput>): void {
  const table = new Table({
    head: ['engine', 'add/s', 'run/s', 'end to end/s'],
    style: { head: [], border: [] },
  });
  for (const [name, { addsPerSecond, runsPerSecond, endToEndPerSecond }] of medians) {
    table.push([
      name,
      ...[addsPerSecond, runsPerSecond, endToEndPerSecond].map((n) => n.toLocaleString('en')),
    ]);
  }
  const ours = medians.get('townkrier, one by one')?.endToEndPerSecond ?? 0;
  const ratios = AIMS.map(({ other, least }) => {
    const ratio = ours / (medians.get(other)?.endToEndPerSecond ?? 1);
    return { other, ratio: Number(ratio.toFixed(2)), least, isMet: ratio >= least };
  });
  console.log(table.toString());
  for (const { other, ratio, least, isMet } of ratios) {
    console.log(`${ratio} × ${other} (aim: ${least}, ${isMet ? 'met' : 'missed'})`);
  }
  console.log(JSON.stringify({ benchmark: 'in-memory-queue', medians: Object.fromEntries(medians), ratios }));
}
