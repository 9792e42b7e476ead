import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { root, snippetsOf } from './snippets.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Runs a program as a user would, from a folder that has our packages installed. */
function runAsUser(code: string) {
  const folder = mkdtempSync(join(root, 'examples/.readme-'));
  folders.push(folder);
  writeFileSync(join(folder, 'first.ts'), code);
  return spawnSync(process.execPath, ['first.ts'], { cwd: folder, encoding: 'utf8', timeout: 20_000 });
}

describe('the first program of the README', () => {
  const [first] = snippetsOf('README.md');

  it('has at most 25 lines', () => {
    expect(first?.code.trimEnd().split('\n').length).toBeLessThanOrEqual(25);
  });

  it('runs as printed, delivers and ends by itself', () => {
    const { status, stdout, stderr } = runAsUser(first?.code ?? '');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('Order A-4711 is on its way');
    expect(stdout).toContain('ada@example.com');
  });
});
