import { CoreErrorCode, parseOptions, TownKrierError } from '@townkrier/core';
import { z } from 'zod';
import { createJobId } from '../job-id.ts';
import { type JobWithId, toFirstJob } from './chain-place.ts';
import { type Step, stepSchema } from './step.ts';

/** Steps a chain has at most: each job carries all that come after it. */
export const MAX_CHAIN_STEPS = 50;

/** How a chain is stored. */
export interface ChainOptions {
  /** Its id, and that of its first job; those after it get `<id>.1` and so on. 1 to 400 characters. @default a new one */
  readonly id?: string | undefined;
  /** Storing a second chain with the key of one whose first job is kept gives back that. */
  readonly idempotencyKey?: string | undefined;
  /** Earliest start of the first step. A moment in the past means now. */
  readonly scheduledFor?: Date | undefined;
}

const optionsSchema = z.strictObject({
  id: z.string().min(1).max(400).optional(),
  idempotencyKey: z.string().min(1).max(512).optional(),
  scheduledFor: z.date().optional(),
});
const stepsSchema = z.array(stepSchema).min(1).max(MAX_CHAIN_STEPS);

/**
 * The first job of a chain, which carries the others.
 * @throws {TownKrierError} `CONFIG_INVALID` for a wrong option, no step, or too many.
 * @throws {QueueError} `QUEUE_PAYLOAD_INVALID` when a later step is no plain data.
 */
export function toChain(steps: readonly Step[], options: ChainOptions, now: number): JobWithId {
  const { id = createJobId(), idempotencyKey, scheduledFor } = parseOptions(optionsSchema, options, 'chain');
  const [first, ...rest] = parseOptions(stepsSchema, steps, 'chain');
  if (first === undefined)
    throw new TownKrierError('A chain has no step.', { code: CoreErrorCode.CONFIG_INVALID });
  const startsAt = scheduledFor?.getTime();
  return {
    ...toFirstJob(id, [first, ...rest], Math.max(now, startsAt ?? 0)),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(startsAt !== undefined && { scheduledFor: startsAt }),
  };
}
