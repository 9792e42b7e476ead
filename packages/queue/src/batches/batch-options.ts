import { parseOptions } from '@townkrier/core';
import { z } from 'zod';
import { type Step, stepSchema } from '../chains/step.ts';

/** Jobs a batch has at most: they are stored all or none, and each is read when the batch ends. */
export const MAX_BATCH_JOBS = 10_000;

/** What belongs to a batch. */
export interface BatchOptions {
  /** 1 to 400 characters. @default a new one */
  readonly id?: string | undefined;
  /** Run in any order and side by side, 10,000 at most. None is a batch that has ended. */
  readonly jobs: readonly Step[];
  /**
   * Added once when all jobs have ended, however they did: its handler finds how many did how in `batch`. It runs at least once, like every job. @default nothing
   */
  readonly whenDone?: Step | undefined;
}

const schema = z.strictObject({
  id: z.string().min(1).max(400).optional(),
  jobs: z.array(stepSchema).max(MAX_BATCH_JOBS),
  whenDone: stepSchema.optional(),
});

/** @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option, naming key and value. */
export function resolveBatch(options: BatchOptions) {
  return parseOptions(schema, options, 'batches.add');
}
