/**
 * What the scripts `demo`, `order-desk`, `newsroom`, `test`, `bench` and `soak` of package.json do, on any Node.js from 20 and with npm alone.
 *
 * Started by npm, it hands over to the pnpm that package.json pins, which installs what is missing and starts it again. Started by pnpm, the
 * dependencies are there, among them the Node.js the tasks need: it builds, then runs the task. Plain JavaScript, because the first start may
 * be on a Node.js that knows no types.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [task = '', ...args] = process.argv.slice(2);

/** What each task starts once everything is built. */
const TASKS = {
  demo: ['examples/queue-and-dashboard-example.ts'],
  'order-desk': ['examples/order-desk/src/main.ts'],
  newsroom: ['examples/newsroom/src/main.ts'],
  test: ['node_modules/vitest/vitest.mjs', 'run'],
  bench: ['benchmarks/run.ts'],
  soak: ['--conditions=@townkrier/source', 'tests/faults/soak.ts'],
};

const isUnderPnpm = (process.env['npm_config_user_agent'] ?? '').startsWith('pnpm/');
if (!(task in TASKS)) fail(`unknown task "${task}"; expected one of ${Object.keys(TASKS).join(', ')}`);
if (isUnderPnpm) runTask();
else handOverToPnpm();

function handOverToPnpm() {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // npm's own npx, found beside the npm that started us: works without a shell, also on Windows.
  const npx = join(
    dirname(process.env['npm_execpath'] ?? fail('start it with "npm run" or "pnpm run"')),
    'npx-cli.js',
  );
  follow(process.execPath, [npx, '--yes', packageManager, 'run', task, ...args]);
}

function runTask() {
  const nx = join(root, 'node_modules/nx/dist/bin/nx.js');
  const build = spawnSync(process.execPath, [nx, 'run-many', '-t', 'build', '--outputStyle=static'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (build.status !== 0) {
    console.error(build.stdout, build.stderr);
    fail('the build failed');
  }
  follow(process.execPath, [...TASKS[task], ...args]);
}

/** Runs a program in the foreground: passes signals on, ends with its exit code, and ends it when our own parent is gone. */
function follow(program, programArgs) {
  const child = spawn(program, programArgs, { cwd: root, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // npm and npx put a shell in between that passes no SIGTERM on; being re-parented is how we notice.
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500).unref();
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));
}

function fail(message) {
  console.error(`townkrier: ${message}`);
  process.exit(1);
}
