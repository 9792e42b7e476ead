import { parseOptions } from '@townkrier/core';
import { z } from 'zod';
import type { JobDefinition } from '../define-job.ts';
import { type TypedJobOptions, toTypedJob } from '../typed-job.ts';
import type { StoredStep } from './stored-step.ts';

/** What the job of a step gets instead of what its kind says. */
export type StepOptions = Pick<TypedJobOptions, keyof typeof optionsShape>;

/** A job of a chain or a batch, checked, and not stored yet. */
export type Step = Readonly<StoredStep>;

/** Whose values `toTypedJob` checks. What the chain or the batch decides, such as the id and the start, is not among them. */
const optionsShape = {
  priority: z.unknown(),
  retries: z.unknown(),
  backoff: z.unknown(),
  timeout: z.unknown(),
  keyRetention: z.unknown(),
  removeAfter: z.unknown(),
  metadata: z.unknown(),
  tags: z.unknown(),
  owner: z.unknown(),
  groupKey: z.unknown(),
};
const optionsSchema = z.strictObject(optionsShape).partial();

/** What `chain` and `batches.add` take as a step. */
export const stepSchema = z.custom<Step>(
  (value) => typeof value === 'object' && value !== null && 'job' in value && 'expiresIn' in value,
  'expected what step() made',
);

/**
 * A job of a chain or a batch. Its time (`expiresIn`) begins when it is added, which for a later step of a chain is when the one before it has succeeded.
 *
 * @throws {QueueError} `QUEUE_PAYLOAD_INVALID`, naming the fields.
 * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option.
 */
export function step<Input>(
  definition: JobDefinition<string, Input, unknown>,
  payload: NoInfer<Input>,
  options: StepOptions = {},
): Step {
  parseOptions(optionsSchema, options, `step of "${definition.name}"`);
  const { expiresIn = null } = definition;
  return Object.freeze({
    job: toTypedJob({ ...definition, expiresIn: undefined }, payload, options),
    expiresIn,
  });
}
