import type { TestProject } from 'vitest/node';
import type {} from './closing-line.ts';
import { REDIS_MISSING, startRedis } from './redis.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where a Redis listens that belongs to these tests, or `null` where none is installed. */
    redisUrl: string | null;
  }
}

/** Starts a Redis for the tests of a project, or uses the one in `TOWNKRIER_TEST_REDIS_URL`, or notes why they are skipped. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['TOWNKRIER_TEST_REDIS_URL'];
  const server = given ? null : await startRedis();
  if (!given && server === null) noteMissing();
  project.provide('redisUrl', given || (server?.url ?? null));
  return async () => server?.stop();
}

function noteMissing(): void {
  globalThis.townkrierMissing ??= new Set();
  globalThis.townkrierMissing.add(REDIS_MISSING);
}
