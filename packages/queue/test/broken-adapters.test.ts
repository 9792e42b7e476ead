import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HarnessRequest, queueAdapterConformance } from '../src/testing/index.ts';
import { queueCommands } from '../src/testing/queue-command.ts';
import { playQueueCommands } from '../src/testing/queue-model-conformance.ts';
import type { BrokenAdapter } from './broken/broken-adapter.ts';
import { brokenAdapters } from './broken/index.ts';
import { CollectingRunner } from './collecting-runner.ts';
import { createInMemoryHarness, IN_MEMORY_LACKS } from './in-memory-harness.ts';

/** What the suite found in an adapter. */
interface Findings {
  readonly failed: readonly string[];
  readonly cases: readonly string[];
}

/** Cases about the harness and its skips, which no adapter can fail. */
const ABOUT_THE_SUITE = [
  'every skip names a case and gives a reason',
  'the adapter declares exactly what the suite was told it can do',
];

/** Runs the whole suite on an adapter with a fault. */
async function runSuite(spoil?: BrokenAdapter['spoil']): Promise<Findings> {
  const runner = new CollectingRunner();
  const create = (request: HarnessRequest) => createInMemoryHarness(request, spoil);
  queueAdapterConformance(runner, { name: 'broken', create, lacks: IN_MEMORY_LACKS });
  return { failed: [...(await runner.failures()).keys()], cases: runner.cases.map(({ name }) => name) };
}

/** The findings of each broken adapter, made when first asked for. */
const findings = new Map<BrokenAdapter, Promise<Findings>>();
function findingsOf(broken: BrokenAdapter): Promise<Findings> {
  const known = findings.get(broken) ?? runSuite(broken.spoil);
  findings.set(broken, known);
  return known;
}

// Each of these runs the whole suite, which takes longer than a usual test.
describe('the suite for queue adapters', { timeout: 120_000 }, () => {
  it('finds no fault in the sound adapter', async () => {
    expect((await runSuite()).failed).toEqual([]);
  });

  it.each(brokenAdapters)('catches an adapter that $fault: "$caughtBy"', async (broken) => {
    const { failed, cases } = await findingsOf(broken);
    expect(failed).toContain(broken.caughtBy);
    expect(failed.length, 'a fault so large proves little').toBeLessThan(cases.length * 0.75);
  });

  it('has no case that cannot fail', async () => {
    const failing = new Set<string>(ABOUT_THE_SUITE);
    let all: readonly string[] = [];
    for (const broken of brokenAdapters) {
      const { failed, cases } = await findingsOf(broken);
      for (const name of failed) failing.add(name);
      all = cases;
    }
    expect(all.filter((name) => !failing.has(name))).toEqual([]);
  });
});

describe('the model of a queue', { timeout: 120_000 }, () => {
  const seen = brokenAdapters.filter(({ isSeenByModel }) => isSeenByModel);

  it.each(seen)('catches an adapter that $fault, and shortens the way to it', async ({ spoil }) => {
    const create = () => createInMemoryHarness({}, spoil);
    const property = fc.asyncProperty(queueCommands(fc, IN_MEMORY_LACKS), (commands) =>
      playQueueCommands(create, commands),
    );
    const result = await fc.check(property, { numRuns: 500, seed: 42 });
    expect(result.failed).toBe(true);
    expect(result.counterexample?.[0].length).toBeLessThanOrEqual(8);
  });
});
