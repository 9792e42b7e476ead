import type { JsonValue } from '@townkrier/core';
import { z } from 'zod';
import { storedStepSchema } from '../chains/stored-step.ts';
import { QueueError, QueueErrorCode } from '../errors.ts';
import { toFrozenJson } from '../frozen-json.ts';
import type { SharedEntry, SharedState } from '../job-store.ts';
import { changeShared } from '../policy/change-shared.ts';
import { countsSchema } from './batch-outcome.ts';

const PREFIX = 'batch:';
/** Bytes of JSON: what an adapter takes as a payload, unless it is told otherwise, and a little. */
const MAX_BYTES = 300_000;

/** Loose, so that a process of an older version does not drop what a newer one keeps. Moments are in milliseconds since the epoch. */
const stateSchema = z.looseObject({
  total: z.int().min(0),
  /** What is added when all have ended. */
  whenDone: storedStepSchema.nullable(),
  addedAt: z.number(),
  /** Whether its jobs are known to be stored: they are all or none, and after this. */
  isAdded: z.boolean(),
  /** How it ended, once `whenDone` was added. */
  done: z.looseObject({ at: z.number(), counts: countsSchema }).nullable(),
});

/** What is kept of a batch beside its jobs. */
export type BatchState = z.output<typeof stateSchema>;

/** The batches among what processes share. */
export class BatchStore {
  readonly #shared: SharedState;

  constructor(shared: SharedState) {
    this.#shared = shared;
  }

  now(): Promise<number> {
    return this.#shared.now();
  }

  async ids(): Promise<readonly string[]> {
    return (await this.#shared.list(PREFIX)).map(({ key }: SharedEntry) => key.slice(PREFIX.length));
  }

  /** @throws {QueueError} `QUEUE_UNSUPPORTED` for what this version cannot read. */
  async get(id: string): Promise<BatchState | null> {
    const entry = await this.#shared.read(PREFIX + id);
    return entry === null ? null : readState(id, entry.value);
  }

  /**
   * Changes what is kept, against what it is at that moment. `decide` is given `null` where there is nothing; it removes with `null`, and changes nothing by giving back what it
   * was given.
   * @returns what is kept then.
   */
  change<Next extends BatchState | null>(
    id: string,
    decide: (state: BatchState | null) => Next,
  ): Promise<Next> {
    return changeShared(this.#shared, PREFIX + id, (value) => {
      const state = value === null ? null : readState(id, value);
      const next = decide(state);
      if (next === state) return { value: undefined, result: next };
      return { value: toStoredState(next), result: next };
    });
  }
}

function toStoredState(state: BatchState | null): JsonValue {
  return toFrozenJson(state, { what: 'batch', maxBytes: MAX_BYTES });
}

function readState(id: string, value: JsonValue): BatchState {
  const parsed = stateSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.map(String).join('.')).join(', ');
  throw new QueueError(
    QueueErrorCode.QUEUE_UNSUPPORTED,
    `What is stored of the batch ${JSON.stringify(id)} cannot be read here (${fields}). It was added by a newer version; update this process.`,
  );
}
