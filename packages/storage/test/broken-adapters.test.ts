import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StorageAdapter } from '../src/storage-adapter.ts';
import { type StorageAdapterConformanceOptions, storageAdapterConformance } from '../src/testing/index.ts';
import { logHistories } from '../src/testing/log-history.ts';
import { ModelStorageAdapter } from '../src/testing/model-storage-adapter.ts';
import { playLogHistory } from '../src/testing/storage-model-conformance.ts';
import { type BrokenAdapter, brokenAdapters } from './broken-adapters.ts';
import { CollectingRunner } from './collecting-runner.ts';

/** Cases about the harness and its skips, which no fault of a method can fail. */
const ABOUT_THE_SUITE = [
  'every skip names a case and gives a reason',
  'the adapter declares the durability the suite was told',
];

/** A harness of the model, with a fault laid over it. */
async function createHarness(spoil: BrokenAdapter['spoil'] = () => ({})) {
  const model = new ModelStorageAdapter();
  const sound: StorageAdapter = {
    durability: model.durability,
    save: (logs) => model.save(logs),
    update: (id, patch) => model.update(id, patch),
    get: (id) => model.get(id),
    getByIdempotencyKey: (key) => model.getByIdempotencyKey(key),
    query: (query) => model.query(query),
    stats: (filters) => model.stats(filters),
    deleteOlderThan: (moment, limit) => model.deleteOlderThan(moment, limit),
    deleteByRecipient: (hash) => model.deleteByRecipient(hash),
    close: () => model.close(),
  };
  return {
    adapter: { ...sound, ...spoil(model) },
    inspect: async (id: string) => model.rows.find((row) => row.id === id) ?? null,
    countRows: async () => model.rows.length,
    close: () => model.close(),
  };
}

async function runSuite(
  spoil?: BrokenAdapter['spoil'],
  options: Partial<StorageAdapterConformanceOptions> = {},
): Promise<{ readonly failed: readonly string[]; readonly runner: CollectingRunner }> {
  const runner = new CollectingRunner();
  storageAdapterConformance(runner, {
    name: 'model',
    create: () => createHarness(spoil),
    durability: 'process',
    ...options,
  });
  return { failed: await runner.failures(), runner };
}

/** What the suite finds in each broken adapter, looked for once. */
const findings = new Map<BrokenAdapter, ReturnType<typeof runSuite>>();
function findingsOf(broken: BrokenAdapter): ReturnType<typeof runSuite> {
  const known = findings.get(broken) ?? runSuite(broken.spoil);
  findings.set(broken, known);
  return known;
}

describe('the model of a delivery log', () => {
  /** Whether lives of a log tell the adapter from the model. Not made shorter, which would take longer than finding them. */
  async function isCaught(spoil?: BrokenAdapter['spoil']): Promise<boolean> {
    const property = fc.asyncProperty(logHistories(fc), (history) =>
      playLogHistory(() => createHarness(spoil), history),
    );
    return (await fc.check(property, { numRuns: 40, endOnFailure: true })).failed;
  }

  it('finds no fault in a sound adapter', async () => {
    expect(await isCaught()).toBe(false);
  });

  it('catches an adapter that forgets a filter when another is named', async () => {
    const caught = await isCaught((model) => ({
      query: ({ provider, ...query }) =>
        model.query({ ...query, ...(provider && query.jobId === undefined && { provider }) }),
    }));
    expect(caught).toBe(true);
  });

  it('catches an adapter whose counts miss a late change of channel', async () => {
    const moved = new Set<string>();
    const caught = await isCaught((model) => ({
      async update(id, patch) {
        if (patch.channel === 'push') moved.add(id);
        return model.update(id, patch);
      },
      async stats(filters) {
        const stats = await model.stats(filters);
        return moved.size < 3 ? stats : { ...stats, byChannel: { ...stats.byChannel, push: 0 } };
      },
    }));
    expect(caught).toBe(true);
  });
});

describe('the suite for storage adapters', () => {
  it('finds no fault in a sound adapter', async () => {
    expect((await runSuite()).failed).toEqual([]);
  });

  it.each(brokenAdapters)('catches an adapter that $fault: "$caughtBy"', async (broken) => {
    const { failed, runner } = await findingsOf(broken);
    expect(failed).toContain(broken.caughtBy);
    expect(failed.length, 'a fault so large proves little').toBeLessThan(runner.cases.length * 0.75);
  });

  it('has no case that cannot fail', async () => {
    const { runner } = await runSuite();
    const failing = new Set<string>(ABOUT_THE_SUITE);
    for (const broken of brokenAdapters) {
      for (const name of (await findingsOf(broken)).failed) failing.add(name);
    }
    expect(runner.cases.map(({ name }) => name).filter((name) => !failing.has(name))).toEqual([]);
  }, 60_000);

  it('catches an adapter that does not outlive the process it claims to outlive', async () => {
    const { failed } = await runSuite(() => ({ durability: 'machine' }), { durability: 'machine' });
    expect(failed).toEqual(['rows outlive the process']);
  });

  it('catches an adapter that declares another durability than the suite was told', async () => {
    const { failed } = await runSuite(() => ({ durability: 'machine' }));
    expect(failed).toEqual(['the adapter declares the durability the suite was told']);
  });

  it('refuses a skip that names no case or gives no reason', async () => {
    const skip = { 'no such case': 'because it is not there', 'closing twice is fine': 'no' };
    expect((await runSuite(undefined, { skip })).failed).toEqual([
      'every skip names a case and gives a reason',
    ]);
  });

  it('shows a skipped case with its reason, and does not run it', async () => {
    const { runner } = await runSuite(undefined, { skip: { 'closing twice is fine': 'decided in ADR 12' } });
    expect(runner.skipped).toEqual(['closing twice is fine (skipped: decided in ADR 12)']);
    expect(runner.cases.map(({ name }) => name)).not.toContain('closing twice is fine');
  });
});
