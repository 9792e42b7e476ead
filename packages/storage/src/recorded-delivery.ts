import type {
  Delivery,
  DeliveryDecision,
  DeliveryFailed,
  DeliveryResult,
  DeliverySent,
  DeliveryUnknown,
  QueuedDelivery,
} from '@townkrier/core';
import type { NotificationLogChanges } from './log-input.ts';
import { isStricter } from './log-privacy.ts';
import { messageContent } from './message-content.ts';
import {
  type ContentPrivacy,
  type NewNotificationLog,
  type NotificationLog,
  NotificationLogStatus,
  type RetryLog,
} from './notification-log.ts';
import { recipientText } from './recipient-text.ts';

/** A moment of a delivery's life that is written down: what a new row says, and how a row that is there changes (`null`: not at all). */
export interface RecordedStep {
  create(): NewNotificationLog | null;
  change(current: NotificationLog): NotificationLogChanges | null;
}

/** What steps are made with. */
export interface StepContext {
  readonly level: ContentPrivacy;
  readonly now: Date;
}

const LONGEST_IDENTIFIER = 500;

/** A queue took it over. A delivery that was sent before, and whose job is started again, stays sent. */
export function queuedStep(delivery: QueuedDelivery, context: StepContext): RecordedStep {
  const { scheduledFor } = delivery;
  const isLater = scheduledFor !== undefined && scheduledFor > context.now;
  const status = isLater ? NotificationLogStatus.SCHEDULED : NotificationLogStatus.PENDING;
  const queued = {
    status,
    ...(scheduledFor && { scheduledFor }),
    ...(delivery.jobId && { jobId: delivery.jobId }),
  };
  return {
    create: () => ({ ...newRow(delivery, context), ...queued }),
    change: (current) => (wasSent(current) ? null : queued),
  };
}

/** A provider is about to be asked. */
export function sendingStep(delivery: Delivery, context: StepContext): RecordedStep {
  return {
    create: () => ({
      ...newRow(delivery, context),
      status: NotificationLogStatus.SENDING,
      attempts: delivery.attempt,
    }),
    change: (current) => ({
      ...missingContent(current, delivery, context),
      ...raisedLevel(current, context.level),
      ...(!wasSent(current) && { status: NotificationLogStatus.SENDING }),
      ...(delivery.jobId && { jobId: delivery.jobId }),
      attempts: Math.max(current.attempts + 1, delivery.attempt),
      personalValues: personalValuesOf(delivery),
    }),
  };
}

/** A try has ended. */
export function resultStep(delivery: Delivery, result: DeliveryResult, context: StepContext): RecordedStep {
  const attempts = isTry(result) ? delivery.attempt : 0;
  const outcome = (current: Pick<NotificationLog, 'retryLogs' | 'attempts'>): NotificationLogChanges =>
    outcomeOf(delivery, result, { ...context, current });
  return {
    create: () => {
      // An outcome only has fields that a new row may have, and none of them undefined.
      const changes = outcome({ retryLogs: [], attempts }) as Partial<NewNotificationLog>;
      return { ...newRow(delivery, context), attempts, ...changes };
    },
    change: (current) => {
      const counted = attemptsAfter(current, delivery, result);
      const { status, ...changes } = outcome({ ...current, attempts: counted });
      const staysSent = wasSent(current) && result.status !== 'sent';
      return {
        ...raisedLevel(current, context.level),
        ...(staysSent ? { retryLogs: changes.retryLogs } : { status, ...changes, attempts: counted }),
        personalValues: personalValuesOf(delivery),
      };
    },
  };
}

/** A queue gave it up. One whose provider was being asked may have been sent; what has ended stays as it is. */
export function withdrawnStep(reason: string): RecordedStep {
  return {
    create: () => null,
    change: ({ status }) => {
      if (status === 'sending') return { status: NotificationLogStatus.UNKNOWN, reason };
      const waits = status === 'pending' || status === 'scheduled' || status === 'retrying';
      return waits ? { status: NotificationLogStatus.CANCELLED, reason } : null;
    },
  };
}

function newRow(delivery: Delivery | QueuedDelivery, { level }: StepContext): NewNotificationLog {
  const { notification, channel, idempotencyKey, jobId, metadata } = delivery;
  const personalValues = personalValuesOf(delivery);
  return {
    notificationId: notification.id,
    notificationType: notification.type,
    channel,
    idempotencyKey,
    ...(jobId !== undefined && { jobId }),
    recipient: recipientText(channel, delivery.address),
    status: NotificationLogStatus.PENDING,
    contentPrivacy: level,
    ...messageContent(channel, delivery.message, { level, personalValues }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
    personalValues,
  };
}

/** A row made when the job was queued has no content yet. Masking is what a write costs, so it happens once. */
function missingContent(
  current: NotificationLog,
  delivery: Delivery,
  { level }: StepContext,
): NotificationLogChanges {
  if (current.subject !== undefined || current.content !== undefined) return {};
  const personalValues = personalValuesOf(delivery);
  return messageContent(delivery.channel, delivery.message, { level, personalValues });
}

function raisedLevel(current: NotificationLog, level: ContentPrivacy): NotificationLogChanges {
  return isStricter(level, current.contentPrivacy) ? { contentPrivacy: level } : {};
}

function personalValuesOf(delivery: Delivery | QueuedDelivery): string[] {
  return [recipientText(delivery.channel, delivery.address), ...delivery.personalValues];
}

function wasSent({ status }: NotificationLog): boolean {
  return status === NotificationLogStatus.SENT || status === NotificationLogStatus.DELIVERED;
}

/** Whether a provider was asked, or could not be because of the message. */
function isTry(result: DeliveryDecision | DeliveryFailed | DeliveryUnknown): boolean {
  if (result.status === 'skipped') return false;
  return !(result.status === 'failed' && result.wasTried === false);
}

/** `sendingStep` counted a try; when that never came to be one, it is taken back, and when it was not recorded, it is made up for. */
function attemptsAfter(current: NotificationLog, delivery: Delivery, result: DeliveryResult): number {
  const wasCounted = current.status === NotificationLogStatus.SENDING;
  if (isTry(result)) return wasCounted ? current.attempts : Math.max(current.attempts + 1, delivery.attempt);
  return wasCounted ? Math.max(0, current.attempts - 1) : current.attempts;
}

type OutcomeContext = StepContext & { readonly current: Pick<NotificationLog, 'retryLogs' | 'attempts'> };

function outcomeOf(
  delivery: Delivery,
  result: DeliveryResult,
  context: OutcomeContext,
): NotificationLogChanges {
  switch (result.status) {
    case 'sent':
      return sentOutcome(result, context);
    case 'skipped':
      return { status: NotificationLogStatus.SKIPPED, reason: result.reason };
    case 'failed':
    case 'unknown':
      return unsentOutcome(delivery, result, context);
  }
}

function sentOutcome(result: DeliverySent, { current, now }: OutcomeContext): NotificationLogChanges {
  const isDelivered = result.receipt.status === 'delivered';
  const attempt = Math.max(1, current.attempts);
  const failedOver = result.failedOver.map(
    ({ provider, error }): RetryLog => ({
      attempt,
      status: 'failed',
      timestamp: now,
      provider,
      error: error.message,
      errorCode: identifier(error.code),
    }),
  );
  const earlier = [...current.retryLogs, ...failedOver];
  const sent: RetryLog = { attempt, status: 'sent', timestamp: now, provider: result.provider };
  return {
    status: isDelivered ? NotificationLogStatus.DELIVERED : NotificationLogStatus.SENT,
    provider: identifier(result.provider),
    ...(result.receipt.messageId && { messageId: identifier(result.receipt.messageId) }),
    sentAt: now,
    ...(isDelivered && { deliveredAt: now }),
    retryLogs: earlier.length === 0 ? [] : [...earlier, sent],
  };
}

function unsentOutcome(
  delivery: Delivery,
  result: DeliveryFailed | DeliveryUnknown,
  { current, now }: OutcomeContext,
): NotificationLogChanges {
  const { error } = result;
  const provider = result.provider && { provider: identifier(result.provider) };
  const failure = { ...provider, error: error.message, errorCode: identifier(error.code) };
  const entry: RetryLog = {
    attempt: Math.max(1, current.attempts),
    status: result.status,
    timestamp: now,
    ...failure,
  };
  const isTried = isTry(result);
  const willRetry =
    result.isRetryable &&
    (delivery.attempt < delivery.maxAttempts || (!isTried && delivery.jobId !== undefined));
  return {
    status: willRetry
      ? NotificationLogStatus.RETRYING
      : NotificationLogStatus[result.status === 'failed' ? 'FAILED' : 'UNKNOWN'],
    ...failure,
    ...(!willRetry && result.status === 'failed' && { failedAt: now }),
    retryLogs: isTried ? [...current.retryLogs, entry] : current.retryLogs,
  };
}

/** Codes and ids come from providers; the log takes them up to a length. */
function identifier(text: string): string {
  return text.slice(0, LONGEST_IDENTIFIER);
}
