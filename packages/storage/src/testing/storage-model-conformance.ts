import assert from 'node:assert/strict';
import { TownKrierError } from '@townkrier/core';
import type { TestRunner } from '@townkrier/core/testing';
import type { StorageAdapter } from '../storage-adapter.ts';
import { doStep, type FastCheckModule, type LogHistory, logHistories } from './log-history.ts';
import { ModelStorageAdapter } from './model-storage-adapter.ts';
import type { StorageAdapterConformanceOptions } from './storage-adapter-conformance.ts';

/** How long a model test looks for a difference. */
export interface StorageModelOptions extends Pick<StorageAdapterConformanceOptions, 'name' | 'create'> {
  /** Lives of a log to play. @default 150 */
  readonly runs?: number;
  /** Plays the lives of an earlier run again: the seed it printed when it failed. */
  readonly seed?: number;
}

/** Milliseconds a runner shall wait for all runs. */
const TIMEOUT_MS = 120_000;
/** Milliseconds after which no more lives are played, nor a failing one made shorter: a failure that is told is better than one that is short. */
const TIME_LIMIT_MS = 60_000;

/**
 * Plays random lives of a log on an adapter and on the plainest adapter there is, a list that is read from end to end for every answer, and compares what the
 * two say to each step, and to queries and statistics at the end. A life that fails is made as short as possible and printed with its seed.
 */
export function storageModelConformance(
  runner: TestRunner,
  fc: FastCheckModule,
  options: StorageModelOptions,
): void {
  const { name, create, runs = 150, seed } = options;
  runner.describe(`${name} behaves as the model of a delivery log`, () => {
    const play = async () => {
      const property = fc.asyncProperty(logHistories(fc), (history) => playLogHistory(create, history));
      await fc.assert(property, {
        numRuns: runs,
        interruptAfterTimeLimit: TIME_LIMIT_MS,
        ...(seed !== undefined && { seed }),
      });
    };
    runner.it(`${runs} random lives of a log`, play, TIMEOUT_MS);
  });
}

/** Plays one life on a fresh adapter. Throws at the first difference from the model. */
export async function playLogHistory(
  create: StorageModelOptions['create'],
  { rows, steps, queries, stats }: LogHistory,
): Promise<void> {
  const harness = await create();
  const pair = { adapter: harness.adapter, model: new ModelStorageAdapter() };
  const ids = rows.map(({ id }) => id);
  try {
    await agree(pair, (adapter) => adapter.save(rows));
    for (const step of steps) await agree(pair, (adapter) => doStep(adapter, step, ids));
    for (const query of queries) await agree(pair, (adapter) => adapter.query(query));
    for (const filters of stats) await agree(pair, (adapter) => adapter.stats(filters));
    assert.equal(await harness.countRows(), pair.model.rows.length, 'rows kept at the end');
  } finally {
    await harness.close();
  }
}

async function agree(
  pair: { readonly adapter: StorageAdapter; readonly model: StorageAdapter },
  call: (adapter: StorageAdapter) => Promise<unknown>,
): Promise<void> {
  const [actual, expected] = [await outcomeOf(call(pair.adapter)), await outcomeOf(call(pair.model))];
  assert.deepEqual(actual, expected);
}

/** What a call gives, or the code it is refused with. */
async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (!TownKrierError.is(error)) throw error;
    return error.code;
  }
}
