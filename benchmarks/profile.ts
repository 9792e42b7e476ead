/**
 * Says where the time of one case goes: runs it with V8's profiler and sums up the time spent in each package, and in each function, while it was measured.
 *
 *     node benchmarks/profile.ts <script> "<engine>: <scenario>" [functions to list]
 *     node benchmarks/profile.ts sqlite-queue.ts "TownKrier (full): process"
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';

const FUNCTIONS = 25;

/** The part of a `.cpuprofile` that is read. Times are microseconds. */
interface CpuProfile {
  readonly startTime: number;
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** What the case said of itself: from when to when it was measured, and how many jobs it did. */
interface Measured {
  readonly from: number;
  readonly to: number;
  readonly things: number;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
  };
}

const [, , script, name, functions = FUNCTIONS] = process.argv;
if (script === undefined || name === undefined) throw new Error('name a script and a case of it');
const { profile, measured } = profileCase(script, name);
print('package', sumUp(packageOf), Number.POSITIVE_INFINITY);
print('function', sumUp(functionOf), Number(functions));

function profileCase(
  file: string,
  caseName: string,
): { readonly profile: CpuProfile; readonly measured: Measured } {
  const folder = mkdtempSync(join(tmpdir(), 'townkrier-profile-'));
  const path = fileURLToPath(new URL(file, import.meta.url));
  const flags = ['--cpu-prof', '--cpu-prof-interval=200', `--cpu-prof-dir=${folder}`];
  try {
    const args = [...process.execArgv, ...flags, path, '--case', caseName];
    const output = execFileSync(process.execPath, args, { encoding: 'utf8' }).trim();
    console.log(output);
    const [written = ''] = readdirSync(folder);
    return {
      profile: JSON.parse(readFileSync(join(folder, written), 'utf8')),
      measured: JSON.parse(output.split('\n').at(-1) ?? '').measured,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Microseconds of self time a job, by what `keyOf` says of a node. */
function sumUp(keyOf: (node: ProfileNode) => string): Map<string, number> {
  const keys = new Map(profile.nodes.map((node) => [node.id, keyOf(node)]));
  const times = new Map<string, number>();
  let now = profile.startTime;
  for (const [i, id] of profile.samples.entries()) {
    const took = profile.timeDeltas[i] ?? 0;
    now += took;
    if (now < measured.from || now > measured.to) continue;
    const key = keys.get(id) ?? '?';
    times.set(key, (times.get(key) ?? 0) + took / measured.things);
  }
  return times;
}

/** `@townkrier/queue`, `pg`, `node`, `(garbage collector)`. */
function packageOf({ callFrame: { url, functionName } }: ProfileNode): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'node';
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  const own = /\/packages\/([^/]+)\//.exec(url)?.[1];
  if (own !== undefined && installed === undefined) return `@townkrier/${own}`;
  return installed ?? (url.startsWith('node:') ? 'node' : 'the benchmark');
}

function functionOf(node: ProfileNode): string {
  const { functionName, url, lineNumber } = node.callFrame;
  const where = url === '' ? '' : ` ${url.split('/').at(-1)}:${lineNumber + 1}`;
  return `${packageOf(node)}  ${functionName || '(anonymous)'}${where}`;
}

function print(title: string, times: ReadonlyMap<string, number>, rows: number): void {
  const table = new Table({ head: [title, 'µs a job', '%'], style: { head: [], border: [] } });
  const all = [...times.values()].reduce((sum, one) => sum + one, 0);
  const sorted = [...times].toSorted(([, a], [, b]) => b - a).slice(0, rows);
  for (const [key, us] of sorted) table.push([key, us.toFixed(2), ((us / all) * 100).toFixed(1)]);
  console.log(table.toString());
}
