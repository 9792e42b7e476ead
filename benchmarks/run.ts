/**
 * Runs every benchmark in a process of its own and prints their tables: `pnpm bench`, or `pnpm bench masking` for those whose name matches.
 * Each script measures ours and its peers in the same run and reports ratios; absolute figures belong to the machine.
 */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

const SCRIPTS = [
  'in-memory-queue.ts',
  'sqlite-queue.ts',
  'postgres-queue.ts',
  'bullmq-queue.ts',
  'queue-dedupe.ts',
  'queue-events.ts',
  'queue-features.ts',
  'queue-latency.ts',
  'queue-limits.ts',
  'queue-recovery.ts',
  'queue-scale.ts',
  'queue-scale.ts sqlite',
  'queue-scale.ts postgres',
  'storage-scale.ts',
  'storage-scale.ts --adapter sqlite',
  'storage-scale.ts --adapter postgres',
  'pipeline.ts',
  'masking.ts',
];

const wanted = process.argv.slice(2);
const chosen = SCRIPTS.filter(
  (script) => wanted.length === 0 || wanted.some((word) => script.includes(word)),
);
if (chosen.length === 0) {
  console.error(`no benchmark matches "${wanted.join(' ')}"; there are ${SCRIPTS.join(', ')}`);
  process.exit(1);
}

console.log(`Node.js ${process.version} on ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`);
const failures = chosen.filter((script) => !run(script));
if (failures.length > 0) console.error(`failed: ${failures.join(', ')}`);
process.exitCode = failures.length > 0 ? 1 : 0;

function run(script: string): boolean {
  console.log(`\n${script}`);
  const [file = '', ...args] = script.split(' ');
  const path = fileURLToPath(new URL(file, import.meta.url));
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, ['--expose-gc', path, ...args], { stdio: 'inherit' });
  console.log(`${script} took ${Math.round((performance.now() - startedAt) / 1_000)} s`);
  return status === 0;
}
