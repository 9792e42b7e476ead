import { type Clock, type JsonValue, TownKrierError } from '@townkrier/core';
import { NonRetryableError, QueueErrorCode } from '../errors.ts';
import type { JobContext, JobHandler, QueueAdapter } from '../queue-adapter.ts';
import { type JobWithId, readPlace, toNextJob } from './chain-place.ts';

/** What running a step needs. */
export interface StepParts {
  readonly adapter: Pick<QueueAdapter, 'add'>;
  readonly clock: Clock;
}

/**
 * Runs a step of a chain and, once its handler has succeeded, adds the next one. Only then does the job complete: a process that dies between the two leaves a job that runs again
 * and adds nothing twice, and a step whose successor cannot be stored has failed.
 *
 * An attempt that no longer holds its job (it timed out, or was cancelled) adds nothing.
 *
 * @throws what the handler throws; what `add` throws; `QUEUE_LEASE_LOST`.
 */
export async function runStep(
  { adapter, clock }: StepParts,
  handler: JobHandler,
  context: JobContext,
): Promise<JsonValue | undefined> {
  const place = readPlace(context.job);
  const result = await handler(context);
  const next = toNextJob(context.job, place, { parentResult: result ?? null, now: clock.now() });
  if (next === null) return result;
  // Refused once the job is no longer ours.
  await context.log(`Step ${place.index + 1} of ${place.total} is done. The next one is job ${next.id}.`);
  await addNext(adapter, next);
  return result;
}

async function addNext(adapter: StepParts['adapter'], next: JobWithId): Promise<void> {
  try {
    await adapter.add([next]);
  } catch (error) {
    if (!TownKrierError.is(error, QueueErrorCode.QUEUE_PAYLOAD_TOO_LARGE)) throw error;
    throw new NonRetryableError(
      `Job ${next.id} cannot be added: what the step before returned is too large to be handed on. Return a reference instead of the content.`,
      { code: QueueErrorCode.QUEUE_PAYLOAD_TOO_LARGE, cause: error },
    );
  }
}
