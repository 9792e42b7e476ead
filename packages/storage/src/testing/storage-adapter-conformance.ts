import { type RunnableCase, runCases, type SkippedCases, type TestRunner } from '@townkrier/core/testing';
import { CaseContext } from './case-context.ts';
import { storageAdapterCases } from './cases/index.ts';
import type { StorageAdapterHarness } from './harness.ts';
import type { StorageAdapterCase } from './storage-adapter-case.ts';

/** What the suite must know about the adapter it tests. */
export interface StorageAdapterConformanceOptions {
  /** How the adapter is called in the report. */
  readonly name: string;
  /** Makes a fresh adapter over an empty backend; called once for each case. */
  readonly create: () => Promise<StorageAdapterHarness>;
  /** Whether rows outlive the process, as the adapter's `durability` must say. @default 'machine' */
  readonly durability?: 'process' | 'machine';
  /** Cases to skip, each with its reason. A name that no case has fails the suite. */
  readonly skip?: SkippedCases;
}

/**
 * Checks an adapter against every promise of the `StorageAdapter` contract, with the test runner of your choice.
 *
 * Each case gets a fresh adapter from `create`, so cases may run in any order, also at the same time if the harnesses share nothing.
 */
export function storageAdapterConformance(
  runner: TestRunner,
  options: StorageAdapterConformanceOptions,
): void {
  const { name, create, durability = 'machine', skip = {} } = options;
  const fitting = storageAdapterCases.filter(({ needs }) => needs === undefined || durability === 'machine');
  const cases = [declarationCase(durability), ...fitting].map(
    (each): RunnableCase => ({ name: each.name, run: () => runCase(each, create) }),
  );
  runner.describe(`${name} keeps the contract of a storage adapter`, () => runCases(runner, cases, skip));
}

function declarationCase(expected: 'process' | 'machine'): StorageAdapterCase {
  return {
    name: 'the adapter declares the durability the suite was told',
    async run({ adapter }) {
      const declared = adapter.durability ?? 'machine';
      if (declared !== expected)
        throw new Error(`The adapter says ${declared}, the suite was told ${expected}.`);
    },
  };
}

/** Runs one case on a harness of its own, which is freed whatever happens. */
async function runCase(
  each: StorageAdapterCase,
  create: () => Promise<StorageAdapterHarness>,
): Promise<void> {
  const harness = await create();
  try {
    await each.run(new CaseContext(harness));
  } finally {
    await harness.close();
  }
}
