import assert from 'node:assert/strict';
import { type RunnableCase, runCases, type SkippedCases, type TestRunner } from '@townkrier/core/testing';
import { CaseContext } from './case-context.ts';
import { queueAdapterCases } from './cases/index.ts';
import {
  type AdapterFeature,
  DECLARED_FEATURES,
  declaresFeature,
  type HarnessRequest,
  type QueueAdapterHarness,
} from './harness.ts';
import type { QueueAdapterCase } from './queue-adapter-case.ts';

/** What the suite must know about the adapter it tests. */
export interface QueueAdapterConformanceOptions {
  /** How the adapter is called in the report. */
  readonly name: string;
  /** Makes a fresh adapter over an empty backend; called once for each case. */
  readonly create: (request: HarnessRequest) => Promise<QueueAdapterHarness>;
  /**
   * What the adapter cannot do. Cases that need it are left out, and cases that check its refusal come in. The suite checks that the adapter
   * declares the same in its `capabilities`.
   * @default nothing
   */
  readonly lacks?: readonly AdapterFeature[];
  /** Cases to skip, each with its reason. A name that no case has fails the suite. */
  readonly skip?: SkippedCases;
}

/** The cases for an adapter that lacks these features. */
function selectCases(lacks: readonly AdapterFeature[]): QueueAdapterCase[] {
  return queueAdapterCases.filter((each) => {
    if (each.lacks !== undefined) return lacks.includes(each.lacks);
    return !(each.needs ?? []).some((feature) => lacks.includes(feature));
  });
}

/** Checks that what the suite was told about the adapter is what the adapter says of itself, and that the harness can test it. */
function declarationCase(lacks: readonly AdapterFeature[]): QueueAdapterCase {
  return {
    name: 'the adapter declares exactly what the suite was told it can do',
    async run({ adapter, harness }) {
      const declared = DECLARED_FEATURES.filter((feature) => declaresFeature(adapter.capabilities, feature));
      assert.deepEqual(
        declared,
        DECLARED_FEATURES.filter((feature) => !lacks.includes(feature)),
      );
      if (declared.includes('isShared'))
        assert.ok(harness.connect, 'the harness of a shared adapter needs `connect`');
      if (declared.includes('durability'))
        assert.ok(harness.restart, 'the harness of a durable adapter needs `restart`');
      if (declared.includes('transactions'))
        assert.ok(harness.begin, 'the harness of an adapter with transactions needs `begin`');
    },
  };
}

/** Runs one case on a harness of its own, which is freed whatever happens. */
async function runCase(
  each: QueueAdapterCase,
  create: QueueAdapterConformanceOptions['create'],
): Promise<void> {
  const harness = await create(each.capacity === undefined ? {} : { capacity: each.capacity });
  const context = new CaseContext(harness);
  try {
    await each.run(context);
  } catch (error) {
    // The case's own failure is the news; one of the clean-up after it would hide it.
    await context.end().catch(() => undefined);
    throw error;
  }
  await context.end();
}

/**
 * Checks an adapter against every promise of the {@link QueueAdapter} contract, with the test runner of your choice.
 *
 * Each case gets a fresh adapter from `create`, so cases may run in any order, also at the same time if the harnesses share nothing.
 */
export function queueAdapterConformance(runner: TestRunner, options: QueueAdapterConformanceOptions): void {
  const { name, create, lacks = [], skip = {} } = options;
  const cases = [declarationCase(lacks), ...selectCases(lacks)].map(
    (each): RunnableCase => ({ name: each.name, run: () => runCase(each, create) }),
  );
  runner.describe(`${name} keeps the contract of a queue adapter`, () => runCases(runner, cases, skip));
}
