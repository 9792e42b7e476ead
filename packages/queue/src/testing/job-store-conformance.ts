import assert from 'node:assert/strict';
import { runCases, type SkippedCases, type TestRunner } from '@townkrier/core/testing';
import type { JobStore } from '../job-store.ts';
import type { JobStoreCase, StoreFeature } from './job-store-case.ts';
import { JobStoreContext } from './job-store-context.ts';
import type { JobStoreHarness } from './job-store-harness.ts';
import { jobStoreCases } from './store-cases/index.ts';

const FEATURES: readonly StoreFeature[] = ['aging', 'fairness', 'sharedState', 'countAhead', 'events'];

/** What the store suite must know. */
export interface JobStoreConformanceOptions {
  /** How the store is called in the report. */
  readonly name: string;
  /** Makes a fresh, empty store; called once for each case. */
  readonly create: () => Promise<JobStoreHarness>;
  /** Whether several processes may use the store: its harness then has `connect`. @default false */
  readonly isShared?: boolean;
  /** What the store cannot do. Cases that need it are left out; the suite checks that the store says the same. @default nothing */
  readonly lacks?: readonly StoreFeature[];
  /** Cases to skip, each with its reason. */
  readonly skip?: SkippedCases;
}

/** Checks that what the suite was told about the store is what the store says of itself. */
function declarationCase(lacks: readonly StoreFeature[]): JobStoreCase {
  return {
    name: 'the store declares exactly what the suite was told it can do',
    async run({ store }) {
      assert.deepEqual(
        FEATURES.filter((feature) => hasFeature(store, feature)),
        FEATURES.filter((feature) => !lacks.includes(feature)),
      );
      assert.equal(store.shared !== undefined, store.capabilities.sharedState, '`shared` is there or not');
    },
  };
}

function hasFeature(store: JobStore, feature: StoreFeature): boolean {
  if (feature === 'countAhead' || feature === 'events') return store[feature] !== undefined;
  return store.capabilities[feature];
}

function selectCases({ isShared = false, lacks = [] }: JobStoreConformanceOptions): readonly JobStoreCase[] {
  const fitting = jobStoreCases.filter(
    ({ needsShared = false, needs = [] }) =>
      (isShared || !needsShared) && !needs.some((feature) => lacks.includes(feature)),
  );
  return [declarationCase(lacks), ...fitting];
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
  const { name, create, skip = {} } = options;
  runner.describe(`${name} keeps the contract of a job store`, () => {
    runCases(
      runner,
      selectCases(options).map((each) => ({ name: each.name, run: () => runCase(each, create) })),
      skip,
    );
  });
}
