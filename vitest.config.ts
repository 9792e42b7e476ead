import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** Tests of packages run on the source of all packages: nothing needs to be built. */
const fromSource = {
  resolve: { conditions: ['@townkrier/source'] },
  ssr: { resolve: { conditions: ['@townkrier/source'] } },
};

/** What the packages' tests need besides Node.js. */
const SERVERS: Readonly<Record<string, readonly string[]>> = {
  bullmq: ['redis'],
  postgres: ['postgres'],
};

function serversOf(name: string): string[] {
  return (SERVERS[name] ?? []).map((server) => `../../tools/services/${server}-setup.ts`);
}

export default defineConfig({
  test: {
    reporters: ['default', './tools/services/closing-line.ts'],
    projects: [
      ...readdirSync('packages').map((name) => ({
        extends: true as const,
        ...fromSource,
        test: {
          name,
          root: `packages/${name}`,
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          globalSetup: serversOf(name),
        },
      })),
      {
        extends: true,
        ...fromSource,
        test: {
          name: 'faults',
          root: 'tests/faults',
          include: ['**/*.test.ts'],
          globalSetup: './test/missing-servers-setup.ts',
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        ...fromSource,
        test: { name: 'repository', include: ['tools/**/*.test.ts', 'benchmarks/**/*.test.ts'] },
      },
      // These two read what is built, as a user does: no source condition.
      {
        extends: true,
        test: {
          name: 'examples',
          root: 'examples',
          include: ['**/*.test.ts'],
          globalSetup: ['../tools/services/postgres-setup.ts', '../tools/services/redis-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          root: 'packages/dashboard',
          include: ['e2e/**/*.test.ts'],
          globalSetup: '../../tools/services/browser-setup.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'], reporter: ['text', 'json-summary'] },
  },
});
