import { createHash } from 'node:crypto';
import type { JsonValue } from '@townkrier/core';
import type { QueueJob } from '../job.ts';
import type { NewJob } from '../queue-adapter.ts';
import { deliveriesForReplay } from '../replay.ts';

/** As long as the ids that are made by chance. */
const ID_LENGTH = 21;

/**
 * A failed job as a new one, with an id and idempotency keys that were never used; what was sent or skipped keeps its key, and is not sent again.
 *
 * Id and keys follow from the job's own, so that two who ask at once, and one who asks again after a crash, add one job and not two.
 */
export function toRenewedJob(job: QueueJob, payload: JsonValue, now: number): NewJob {
  const id = newNameFor([job.id, job.replays]).slice(0, ID_LENGTH);
  const deliveries = deliveriesForReplay(job.deliveries, new Date(now));
  const newKeys = new Map(
    deliveries
      .filter(({ status }) => status === 'pending')
      .map(({ idempotencyKey }) => [idempotencyKey, newNameFor([id, idempotencyKey])]),
  );
  return {
    id,
    queue: job.queue,
    type: job.type,
    name: job.name,
    payload: withNewKeys(payload, newKeys),
    priority: job.priority,
    maxRetries: job.maxRetries,
    backoff: job.backoff,
    timeout: job.timeout,
    metadata: job.metadata,
    deliveries: deliveries.map((delivery) => {
      const idempotencyKey = newKeys.get(delivery.idempotencyKey);
      return idempotencyKey === undefined
        ? delivery
        : { ...delivery, idempotencyKey, attempts: 0, provider: null, messageId: null };
    }),
    tags: job.tags,
    ...(job.groupKey !== null && { groupKey: job.groupKey }),
    ...(job.owner !== null && { owner: job.owner }),
    ...(job.removeAfter !== null && { removeAfter: job.removeAfter }),
    ...(job.expiresAt !== null && { expiresAt: job.expiresAt.getTime() }),
  };
}

function newNameFor(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/** A stored notification names its deliveries by their keys. */
function withNewKeys(payload: JsonValue, newKeys: ReadonlyMap<string, string>): JsonValue {
  if (newKeys.size === 0 || !isObject(payload)) return payload;
  const deliveries = payload['deliveries'];
  if (!isArray(deliveries)) return payload;
  return { ...payload, deliveries: deliveries.map((delivery) => withNewKey(delivery, newKeys)) };
}

function withNewKey(delivery: JsonValue, newKeys: ReadonlyMap<string, string>): JsonValue {
  if (!isObject(delivery)) return delivery;
  const key = delivery['idempotencyKey'];
  const newKey = typeof key === 'string' ? newKeys.get(key) : undefined;
  return newKey === undefined ? delivery : { ...delivery, idempotencyKey: newKey };
}

function isObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !isArray(value);
}

/** `Array.isArray` does not narrow readonly arrays. */
function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
