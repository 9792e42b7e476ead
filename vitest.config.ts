import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** Tests of packages run on the source of all packages: nothing needs to be built. */
const fromSource = {
  resolve: { conditions: ['@townkrier/source'] },
  ssr: { resolve: { conditions: ['@townkrier/source'] } },
};

export default defineConfig({
  test: {
    reporters: ['default', './tools/services/closing-line.ts'],
    projects: [
      ...readdirSync('packages').map((name) => ({
        extends: true as const,
        ...fromSource,
        test: { name, root: `packages/${name}`, include: ['src/**/*.test.ts', 'test/**/*.test.ts'] },
      })),
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
