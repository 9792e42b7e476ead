import type { DeliveryExplanation, NotificationLog, RetryLog } from '@townkrier/storage';
import type { AdmittedPrincipal } from '../access/permissions.ts';
import type { LogDetail, LogExplanation, LogSummary } from '../api-types.ts';
import { omitUndefined } from '../omit-undefined.ts';
import { createMasker, type Masker, maskAddressOf } from './masker.ts';

/** A row as one line of a list: without its content. */
export function summariseLog(log: NotificationLog, principal: AdmittedPrincipal): LogSummary {
  const shown = maskForPrincipal(log, principal);
  return omitUndefined({
    id: shown.id,
    notificationId: shown.notificationId,
    notificationType: shown.notificationType,
    channel: shown.channel,
    recipient: shown.recipient,
    status: shown.status,
    subject: shown.subject,
    contentType: shown.contentType,
    contentPrivacy: shown.contentPrivacy,
    hasContent: shown.content !== undefined,
    attempts: shown.attempts,
    provider: shown.provider,
    messageId: shown.messageId,
    jobId: shown.jobId,
    reason: shown.reason,
    error: shown.error,
    errorCode: shown.errorCode,
    tags: shown.tags === undefined ? undefined : [...shown.tags],
    scheduledFor: shown.scheduledFor?.toISOString(),
    sentAt: shown.sentAt?.toISOString(),
    deliveredAt: shown.deliveredAt?.toISOString(),
    failedAt: shown.failedAt?.toISOString(),
    createdAt: shown.createdAt.toISOString(),
    updatedAt: shown.updatedAt.toISOString(),
  });
}

/** A row with its content. The hash of its recipient stays inside. */
export function presentLog(log: NotificationLog, principal: AdmittedPrincipal): LogDetail {
  const shown = maskForPrincipal(log, principal);
  return omitUndefined({
    ...summariseLog(log, principal),
    content: shown.content,
    retryLogs: shown.retryLogs.map(presentRetry),
    idempotencyKey: shown.idempotencyKey,
    metadata: shown.metadata === undefined ? undefined : { ...shown.metadata },
  });
}

/** Why a delivery was, or was not, made. Its sentences quote the row, so they are masked like it. */
export function presentExplanation(delivery: DeliveryExplanation, masker: Masker | null): LogExplanation {
  const show = (text: string): string => masker?.text(text) ?? text;
  const summary = show(delivery.summary);
  const steps = delivery.steps.map(({ at, what, text }) => ({
    at: at.toISOString(),
    what,
    text: show(text),
  }));
  return { logId: delivery.logId, summary, steps, lines: [summary, ...steps.map(({ text }) => text)] };
}

/** The masker of a row's texts for a principal; `null` when they may be shown as they are stored. */
export function maskingFor(log: NotificationLog, { permissions }: AdmittedPrincipal): Masker | null {
  if (log.contentPrivacy !== 'public') return null;
  const canReadAll = permissions.has('logs:content:read') && permissions.has('recipients:read');
  return canReadAll ? null : createMasker([log.recipient]);
}

/**
 * Rows are masked before they are stored, except `public` ones: those are masked here for principals that lack `recipients:read` or
 * `logs:content:read`.
 */
export function maskForPrincipal(log: NotificationLog, principal: AdmittedPrincipal): NotificationLog {
  const masker = maskingFor(log, principal);
  if (masker === null) return log;
  const canReadRecipients = principal.permissions.has('recipients:read');
  const recipient = canReadRecipients ? log.recipient : maskAddressOf(log.channel, log.recipient);
  return { ...log, ...maskTexts(log, masker), recipient };
}

function maskTexts(log: NotificationLog, masker: Masker): Partial<NotificationLog> {
  const mask = (text: string | undefined) => (text === undefined ? undefined : masker.text(text));
  return omitUndefined({
    subject: mask(log.subject),
    content: mask(log.content),
    reason: mask(log.reason),
    error: mask(log.error),
    metadata: log.metadata === undefined ? undefined : masker.record(log.metadata),
    retryLogs: log.retryLogs.map((retry) => ({ ...retry, ...omitUndefined({ error: mask(retry.error) }) })),
  });
}

function presentRetry(retry: RetryLog): LogDetail['retryLogs'][number] {
  return omitUndefined({
    attempt: retry.attempt,
    status: retry.status,
    timestamp: retry.timestamp.toISOString(),
    provider: retry.provider,
    error: retry.error,
    errorCode: retry.errorCode,
  });
}
