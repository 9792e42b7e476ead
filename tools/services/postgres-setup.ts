import type { TestProject } from 'vitest/node';
import type {} from './closing-line.ts';
import { POSTGRES_MISSING, startPostgres } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where a PostgreSQL listens that belongs to these tests, or `null` where none can be started. */
    postgresUrl: string | null;
  }
}

/** Starts a PostgreSQL for the tests of a project, or uses the one in `TOWNKRIER_TEST_PG_URL`, or notes why they are skipped. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['TOWNKRIER_TEST_PG_URL'];
  const server = given ? null : await startPostgres();
  if (!given && server === null) noteMissing();
  project.provide('postgresUrl', given || (server?.url ?? null));
  return async () => server?.stop();
}

function noteMissing(): void {
  globalThis.townkrierMissing ??= new Set();
  globalThis.townkrierMissing.add(POSTGRES_MISSING);
}
