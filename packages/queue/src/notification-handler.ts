import type { DeliveryFailed, DeliveryResult, JsonValue, StoredNotification } from '@townkrier/core';
import { TownKrierError } from '@townkrier/core';
import { DeliveryLedger } from './delivery-ledger.ts';
import { NonRetryableError, QueueError, QueueErrorCode, RetryLaterError } from './errors.ts';
import type { JobDelivery } from './job.ts';
import { storedNotificationOf } from './notification-job.ts';
import type { NotificationSender } from './notification-sender.ts';
import type { JobContext } from './queue-adapter.ts';

/** Errors of core that no retry can mend: the notification itself cannot be revived. */
const HOPELESS_CODES: readonly string[] = ['NOTIFICATION_TYPE_UNKNOWN', 'NOTIFICATION_PAYLOAD_INVALID'];

/** Milliseconds; for a rest that is over before it could be waited for. */
const SHORTEST_POSTPONEMENT = 100;

/** Some deliveries are still to be sent. `retryAfterMs` is the longest wait that a provider asked for. */
class DeliveriesLeftError extends QueueError {
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number) {
    super(QueueErrorCode.QUEUE_DELIVERY_FAILED, message);
    this.name = 'QueueError';
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Runs one attempt of a notification job: tries what was not delivered, and nothing else.
 *
 * @returns for each channel what became of it, once all deliveries were sent or skipped.
 * @throws {NonRetryableError} when only deliveries are left that no retry can mend.
 * @throws {RetryLaterError} when what is left was not even tried, because its provider asked for a rest.
 */
export async function runNotificationJob(
  sender: NotificationSender,
  context: JobContext,
): Promise<JsonValue> {
  const stored = storedNotificationOf(context.job);
  const ledger = new DeliveryLedger(context, sender.clock);
  await ledger.resolveInterrupted(({ provider }) => canRepeatAt(sender, provider));
  const results = ledger.due.length === 0 ? [] : await deliverDue(sender, stored, { context, ledger });
  await ledger.flush();
  const left = ledger.all.filter((one) => one.status !== 'sent' && one.status !== 'skipped');
  if (left.length > 0) throw errorFor(left, results);
  return summarise(ledger.all);
}

/** Whether a provider recognises a message it may have taken already. One that is not registered here any more cannot say so. */
function canRepeatAt(sender: NotificationSender, provider: string | null): boolean {
  return provider !== null && sender.getChannel(provider)?.honoursIdempotencyKey === true;
}

async function deliverDue(
  sender: NotificationSender,
  stored: StoredNotification,
  { context, ledger }: { readonly context: JobContext; readonly ledger: DeliveryLedger },
): Promise<readonly DeliveryResult[]> {
  try {
    return await sender.deliver(stored, {
      only: ledger.due.map((one) => one.idempotencyKey),
      onlyProvider: ledger.onlyProvider,
      jobId: context.job.id,
      attempt: context.attempt,
      maxAttempts: context.job.maxRetries + 1,
      signal: context.signal,
      onSending: ({ idempotencyKey, provider }) => ledger.sending(idempotencyKey, provider),
      onResult: (result) => ledger.ended(result),
    });
  } catch (error) {
    if (!TownKrierError.is(error) || !HOPELESS_CODES.includes(error.code)) throw error;
    throw new NonRetryableError(error.message, { code: error.code, cause: error });
  }
}

function errorFor(left: readonly JobDelivery[], results: readonly DeliveryResult[]): Error {
  const message = describe(left);
  const retryable = left.filter((one) => one.isRetryable);
  if (retryable.length === 0) {
    return new NonRetryableError(message, { code: QueueErrorCode.QUEUE_DELIVERY_FAILED });
  }
  const failures = retryable.map((one) => failureOf(one, results));
  const longestWait = Math.max(0, ...failures.map((failure) => failure?.retryAfterMs ?? 0));
  const isPostponed = failures.every((failure) => failure?.wasTried === false);
  if (!isPostponed) return new DeliveriesLeftError(message, longestWait);
  return new RetryLaterError(Math.max(longestWait, SHORTEST_POSTPONEMENT), message);
}

function failureOf(delivery: JobDelivery, results: readonly DeliveryResult[]): DeliveryFailed | undefined {
  const result = results.find((one) => one.idempotencyKey === delivery.idempotencyKey);
  return result?.status === 'failed' ? result : undefined;
}

/** `Not delivered: sms failed (provider said no); push unknown (timed out).` */
function describe(left: readonly JobDelivery[]): string {
  const parts = left.map(
    ({ channel, status, reason }) =>
      `${channel} ${status}${reason === null ? '' : ` (${reason.replace(/\.$/, '')})`}`,
  );
  return `Not delivered: ${parts.join('; ')}.`;
}

function summarise(deliveries: readonly JobDelivery[]): JsonValue {
  const summary: Record<string, JsonValue> = {};
  for (const { channel, status, messageId, provider, reason } of deliveries) {
    const isKnown = Object.hasOwn(summary, channel);
    // One that was sent says more about its channel than one that was skipped.
    if (isKnown && status !== 'sent') continue;
    if (isKnown && isSent(summary[channel])) continue;
    summary[channel] = { status, provider, messageId, reason };
  }
  return summary;
}

function isSent(entry: JsonValue | undefined): boolean {
  return typeof entry === 'object' && entry !== null && 'status' in entry && entry['status'] === 'sent';
}
