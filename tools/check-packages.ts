/** Packs every public package and uses the tarballs as a stranger would: linted, installed with npm, run on two Node.js versions, type-checked. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'townkrier-packages-'));
const app = join(work, 'app');
const counts = { passed: 0, failed: 0 };

function bin(name: string): string {
  return join(root, 'node_modules/.bin', name);
}

function pinnedPackageManager(): string {
  const manifest: { packageManager: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return manifest.packageManager;
}

/** Runs a program as one check; what it printed is shown only when it failed. */
function check(what: string, [program, ...args]: [string, ...string[]], cwd = work): void {
  const started = performance.now();
  try {
    execFileSync(program, args, { cwd, stdio: 'pipe', encoding: 'utf8' });
    counts.passed++;
    console.log(`ok   ${what} (${Math.round(performance.now() - started)} ms)`);
  } catch (error) {
    counts.failed++;
    const { stdout = '', stderr = String(error) } = error as { stdout?: string; stderr?: string };
    console.log(`FAIL ${what}\n${stdout}${stderr}`);
  }
}

function packAll(): string[] {
  for (const folder of readdirSync(join(root, 'packages'))) {
    const pack: [string, ...string[]] = [
      'npx',
      '--yes',
      pinnedPackageManager(),
      'pack',
      '--pack-destination',
      work,
    ];
    check(`pack ${folder}`, pack, join(root, 'packages', folder));
  }
  return readdirSync(work).filter((file) => file.endsWith('.tgz'));
}

function lintTarball(tarball: string): void {
  check(`publint ${tarball}`, [bin('publint'), tarball, '--strict']);
  check(`types of ${tarball}`, [bin('attw'), tarball, '--profile', 'esm-only', '--no-emoji']);
}

function installInApp(tarballs: readonly string[]): void {
  cpSync(join(root, 'tools/consumer'), app, { recursive: true });
  writeFileSync(join(app, 'package.json'), JSON.stringify({ private: true }));
  const packages = [
    ...tarballs.map((tarball) => join(work, tarball)),
    'bullmq@6',
    'ioredis@6',
    'express@5',
    'pg@8',
    '@opentelemetry/api@1',
    'prom-client@15',
    '@types/pg@8',
    '@types/node@24',
    '@types/express@5',
  ];
  check('npm install', ['npm', 'install', '--no-audit', '--no-fund', ...packages], app);
}

function runApp(): void {
  const nodes = {
    'Node.js 24': process.execPath,
    'Node.js 22': join(root, 'tools/node-22/node_modules/.bin/node'),
  };
  for (const [name, node] of Object.entries(nodes)) {
    check(`import on ${name}`, [node, 'use.mjs'], app);
    check(`require on ${name}`, [node, 'use.cjs'], app);
  }
}

/** With `skipLibCheck` off, as careful users have it: our declarations themselves are checked too. */
function typeCheckApp(): void {
  const strict = ['--noEmit', '--strict', '--target', 'es2023', '--types', 'node', '--skipLibCheck', 'false'];
  const ways = [
    ['nodenext', 'nodenext', 'types.mts'],
    ['nodenext', 'nodenext', 'types.cts'],
    ['node16', 'node16', 'types.mts'],
    ['preserve', 'bundler', 'types.mts'],
  ] as const;
  for (const tsc of ['tsc', 'tsc6']) {
    for (const [module, resolution, file] of ways) {
      const args = [...strict, '--module', module, '--moduleResolution', resolution, file];
      check(`${tsc} ${module} ${file}`, [bin(tsc), ...args], app);
    }
  }
}

try {
  const tarballs = packAll();
  for (const tarball of tarballs) lintTarball(tarball);
  installInApp(tarballs);
  runApp();
  typeCheckApp();
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(`\npackages: ${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
