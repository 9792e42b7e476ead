import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const packageFolder = join(import.meta.dirname, '..');

test("the README's program runs as printed", async () => {
  const readme = await readFile(join(packageFolder, 'README.md'), 'utf8');
  const program = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  // Inside the package, so that it can import the package by its name.
  const folder = await mkdtemp(join(packageFolder, 'test', '.readme-'));
  try {
    await writeFile(join(folder, 'program.ts'), program);
    const flags = ['--conditions=@townkrier/source', '--experimental-strip-types', '--no-warnings'];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, join(folder, 'program.ts')]);
    expect(stdout).toContain("to ada@example.com { subject: 'Welcome!'");
    expect(stdout.trim().endsWith('sent')).toBe(true);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 30_000);
