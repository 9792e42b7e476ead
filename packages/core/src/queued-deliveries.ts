import { decodeValue } from './codec.ts';
import type { DeliveryMiddleware, QueuedDelivery } from './delivery.ts';
import { personalValuesOf } from './delivery-pipeline.ts';
import type { RevivedNotification } from './prepare-notification.ts';
import type { MiddlewareErrorHandler } from './run-middleware.ts';
import type { JsonValue, StoredNotification } from './stored-notification.ts';

/** What a queue tells about a job it stored. */
export interface QueuedAnnouncement {
  readonly jobId: string;
  /** When it is due; the past, or absent, means now. */
  readonly scheduledFor?: Date;
  /** How many tries there will be at most. @default 1 */
  readonly maxAttempts?: number;
}

/** The deliveries of a stored notification as middleware sees them while they wait. */
export function toQueuedDeliveries(
  stored: StoredNotification,
  { plan, content }: RevivedNotification,
  { jobId, scheduledFor, maxAttempts = 1 }: QueuedAnnouncement,
): QueuedDelivery[] {
  const personalValues = personalValuesOf(plan, content);
  const messages = stored.content.kind === 'messages' ? stored.content.messages : {};
  const { id, type, reference } = plan;
  return plan.deliveries.map((delivery) => ({
    ...delivery,
    notification: { id, type, ...(reference === undefined ? {} : { reference }) },
    maxAttempts,
    jobId,
    metadata: plan.metadata,
    personalValues,
    ...messageOf(messages[delivery.channel]),
    ...(scheduledFor === undefined ? {} : { scheduledFor }),
  }));
}

function messageOf(encoded: JsonValue | undefined): { readonly message?: unknown } {
  return encoded === undefined ? {} : { message: decodeValue(encoded) };
}

/** Calls a hook of each middleware, in their order; one that throws is reported and stops nobody. */
export async function runHooks(
  middleware: readonly DeliveryMiddleware[],
  onError: MiddlewareErrorHandler,
  call: (one: DeliveryMiddleware) => Promise<void> | undefined,
): Promise<void> {
  for (const one of middleware) {
    try {
      await call(one);
    } catch (error) {
      onError(error, one.name);
    }
  }
}
