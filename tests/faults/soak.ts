/**
 * Runs the scenarios in full size and prints what came of them: `pnpm soak`, or `pnpm soak 4 sqlite --seed 7` for one row on one backend. Ends with 1 when an
 * invariant was broken. `--short` runs a size for an hour or so, `--ci` the small one.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { BACKENDS, type Backend, startServerOf } from './harness/backends.ts';
import { formatReport, type Result } from './harness/report.ts';
import type { Outcome, Place, Scale, Scenario } from './harness/scenario.ts';
import { SCENARIOS } from './scenarios/index.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string' },
    short: { type: 'boolean', default: false },
    ci: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const scale: Scale = values.ci ? 'ci' : values.short ? 'short' : 'full';
const rows = positionals.filter((word) => /^\d+$/.test(word)).map(Number);
const backends = BACKENDS.filter((backend) => positionals.includes(backend));
const unknown = positionals.filter((word) => !/^\d+$/.test(word) && !BACKENDS.some((one) => one === word));
if (unknown.length > 0)
  throw new Error(`unknown: ${unknown.join(', ')}; expected numbers of rows, or ${BACKENDS.join(', ')}`);

console.log(
  `Node.js ${process.version} on ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, seed ${seed}, ${scale} size`,
);
const results: Result[] = [];
for (const backend of backends.length > 0 ? backends : BACKENDS) await runOn(backend);
console.log(`\n${formatReport(results)}`);
for (const { scenario, backend, outcome } of results) {
  for (const what of outcome.broken)
    console.log(`BROKEN  ${scenario.row} ${scenario.name} on ${backend}: ${what}`);
}
process.exit(results.some(({ outcome }) => outcome.broken.length > 0) ? 1 : 0);

async function runOn(backend: Backend): Promise<void> {
  const wanted = SCENARIOS.filter(
    (one) =>
      one.backends.includes(backend) &&
      one.scales.includes(scale) &&
      (rows.length === 0 || rows.includes(one.row)),
  );
  if (wanted.length === 0) return;
  const server = await startServerOf(backend);
  for (const scenario of wanted) {
    console.log(`\n${new Date().toISOString()}  ${scenario.row} ${scenario.name} on ${backend}`);
    const start = Date.now();
    const outcome = await runOne(scenario, { backend, server, seed });
    const seconds = Math.round((Date.now() - start) / 1_000);
    results.push({ scenario, backend, outcome, seconds });
    console.log(formatReport(results.slice(-1)));
    for (const what of outcome.broken) console.log(`BROKEN  ${what}`);
  }
  await server?.stop();
}

/** A scenario that cannot be finished, because something it waits for never comes, is a broken one. */
async function runOne(scenario: Scenario, place: Place): Promise<Outcome> {
  try {
    return await scenario.run(place, scale);
  } catch (error) {
    return {
      injected: 0,
      what: 'unfinished',
      figures: {},
      broken: [error instanceof Error ? error.message : String(error)],
    };
  }
}
