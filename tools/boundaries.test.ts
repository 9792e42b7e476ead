import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const packages = fileURLToPath(new URL('../packages', import.meta.url));

/** Who may import whom, as docs/reference/packages.md draws it. A package that is not listed here is a channel: it may import core alone. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  queue: ['core'],
  storage: ['core'],
  dashboard: ['core', 'queue', 'storage'],
  sqlite: ['core', 'queue', 'storage'],
  postgres: ['core', 'queue', 'storage'],
  bullmq: ['core', 'queue'],
  telemetry: ['core', 'queue'],
};
const CHANNEL_MAY_IMPORT = ['core'];

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8'));
}

describe('the packages', () => {
  it.each(readdirSync(packages))('%s depends on nothing further from core than itself', (name) => {
    const ours = Object.keys(manifestOf(name).dependencies ?? {})
      .filter((dependency) => dependency.startsWith('@townkrier/'))
      .map((dependency) => dependency.slice('@townkrier/'.length));
    expect(ours.sort()).toEqual([...(ALLOWED[name] ?? CHANNEL_MAY_IMPORT)].sort());
  });

  it('core borrows zod and nanoid, nothing else', () => {
    expect(Object.keys(manifestOf('core').dependencies ?? {}).sort()).toEqual(['nanoid', 'zod']);
  });

  it.each(readdirSync(packages))('%s has at most five runtime dependencies', (name) => {
    expect(Object.keys(manifestOf(name).dependencies ?? {}).length).toBeLessThanOrEqual(5);
  });
});
