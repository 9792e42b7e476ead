import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queueAdapterConformance } from '../src/testing/index.ts';
import { queueCommands } from '../src/testing/queue-command.ts';
import { playQueueCommands } from '../src/testing/queue-model-conformance.ts';
import { type BrokenAdapter, brokenAdapters } from './broken-adapters.ts';
import { CollectingRunner } from './collecting-runner.ts';
import { createInMemoryHarness, IN_MEMORY_LACKS } from './in-memory-harness.ts';

/** Runs the whole suite on an adapter with a fault. */
async function runSuite(
  spoil?: BrokenAdapter['spoil'],
): Promise<{ failures: Map<string, unknown>; cases: number }> {
  const runner = new CollectingRunner();
  queueAdapterConformance(runner, {
    name: 'broken',
    create: (request) => createInMemoryHarness(request, spoil),
    lacks: IN_MEMORY_LACKS,
  });
  return { failures: await runner.failures(), cases: runner.cases.length };
}

describe('the suite for queue adapters', () => {
  it('finds no fault in the sound adapter', async () => {
    expect([...(await runSuite()).failures.keys()]).toEqual([]);
  });

  it.each(brokenAdapters)(
    'catches an adapter that $fault: "$caughtBy"',
    async ({ caughtBy, spoil }) => {
      const { failures, cases } = await runSuite(spoil);
      expect([...failures.keys()]).toContain(caughtBy);
      expect(failures.size, 'a fault so large proves little').toBeLessThan(cases * 0.75);
    },
    60_000,
  );
});

describe('the model of a queue', () => {
  const seen = brokenAdapters.filter(({ isSeenByModel }) => isSeenByModel);

  it.each(seen)(
    'catches an adapter that $fault, and shortens the way to it',
    async ({ spoil }) => {
      const create = () => createInMemoryHarness({}, spoil);
      const property = fc.asyncProperty(queueCommands(fc, IN_MEMORY_LACKS), (commands) =>
        playQueueCommands(create, commands),
      );
      const result = await fc.check(property, { numRuns: 500, seed: 42 });
      expect(result.failed).toBe(true);
      expect(result.counterexample?.[0].length).toBeLessThanOrEqual(8);
    },
    60_000,
  );
});
