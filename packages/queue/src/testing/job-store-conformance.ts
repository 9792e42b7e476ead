import { runCases, type SkippedCases, type TestRunner } from '@townkrier/core/testing';
import { type JobStoreCase, jobStoreCases } from './job-store-cases.ts';
import { JobStoreContext } from './job-store-context.ts';
import type { JobStoreHarness } from './job-store-harness.ts';

/** What the store suite must know. */
export interface JobStoreConformanceOptions {
  /** How the store is called in the report. */
  readonly name: string;
  /** Makes a fresh, empty store; called once for each case. */
  readonly create: () => Promise<JobStoreHarness>;
  /** Whether several processes may use the store: its harness then has `connect`. @default false */
  readonly isShared?: boolean;
  /** Cases to skip, each with its reason. */
  readonly skip?: SkippedCases;
}

async function runCase(each: JobStoreCase, create: JobStoreConformanceOptions['create']): Promise<void> {
  const harness = await create();
  try {
    await each.run(new JobStoreContext(harness));
  } finally {
    await harness.close();
  }
}

/**
 * Checks a store against the `JobStore` contract: what `StoreQueueAdapter` relies on. What users see is checked by `queueAdapterConformance`
 * on the adapter made of the store; a store needs both.
 */
export function jobStoreConformance(runner: TestRunner, options: JobStoreConformanceOptions): void {
  const { name, create, isShared = false, skip = {} } = options;
  const cases = jobStoreCases.filter(({ needsShared = false }) => isShared || !needsShared);
  runner.describe(`${name} keeps the contract of a job store`, () => {
    runCases(
      runner,
      cases.map((each) => ({ name: each.name, run: () => runCase(each, create) })),
      skip,
    );
  });
}
