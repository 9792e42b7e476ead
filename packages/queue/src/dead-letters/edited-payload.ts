import { type JsonValue, TownKrierError } from '@townkrier/core';
import { withChainOf } from '../chains/chain-place.ts';
import type { AnyJobDefinition } from '../define-job.ts';
import { QueueError, QueueErrorCode } from '../errors.ts';
import type { QueueJob } from '../job.ts';
import { NOTIFICATION_JOB_TYPE } from '../notification-job.ts';

/**
 * What is stored when a person gives a typed job other data: that, with the version of today's definition. A step of a chain keeps
 * what comes after it.
 * @throws {QueueError} `QUEUE_PAYLOAD_NOT_EDITABLE` for a notification and for a kind nobody defined; `QUEUE_PAYLOAD_INVALID`, naming the fields.
 */
export function toEditedPayload(
  job: QueueJob,
  data: JsonValue,
  definitions: ReadonlyMap<string, AnyJobDefinition>,
): JsonValue {
  const definition = definitionOf(job, definitions);
  const payload = { version: definition.version, data };
  try {
    definition.read({ ...job, payload });
    return withChainOf(job, payload);
  } catch (error) {
    // It says how a handler steers; here it is an answer to a person.
    if (!TownKrierError.is(error, QueueErrorCode.QUEUE_PAYLOAD_INVALID)) throw error;
    throw new QueueError(QueueErrorCode.QUEUE_PAYLOAD_INVALID, error.message, error);
  }
}

function definitionOf(job: QueueJob, definitions: ReadonlyMap<string, AnyJobDefinition>): AnyJobDefinition {
  if (job.type === NOTIFICATION_JOB_TYPE) {
    throw notEditable(
      job,
      'It keeps a notification, whose content and addresses were decided when it was sent. Send a new one.',
    );
  }
  const definition = definitions.get(job.type);
  if (definition !== undefined) return definition;
  throw notEditable(
    job,
    `Nothing here knows what jobs of type ${JSON.stringify(job.type)} carry. Give its definition in jobs.`,
  );
}

function notEditable(job: QueueJob, why: string): QueueError {
  return new QueueError(
    QueueErrorCode.QUEUE_PAYLOAD_NOT_EDITABLE,
    `The payload of job ${job.id} cannot be edited. ${why}`,
  );
}
