import type { NotificationLog, RetryLog } from '@townkrier/storage';
import type { AdmittedPrincipal } from '../access/permissions.ts';
import type { LogDetail, LogSummary } from '../api-types.ts';
import { omitUndefined } from '../omit-undefined.ts';
import { createMasker, maskAddressOf } from './masker.ts';

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

/**
 * Rows are masked before they are stored, except `public` ones: those are masked here for principals without `recipients:read` and
 * `logs:content:read`.
 */
export function maskForPrincipal(log: NotificationLog, { permissions }: AdmittedPrincipal): NotificationLog {
  if (log.contentPrivacy !== 'public') return log;
  const masker = createMasker([log.recipient]);
  const canReadRecipients = permissions.has('recipients:read');
  const canReadContent = permissions.has('logs:content:read') && canReadRecipients;
  const texts = canReadContent ? {} : maskTexts(log, (text) => masker.text(text), masker.record);
  return {
    ...log,
    ...texts,
    recipient: canReadRecipients ? log.recipient : maskAddressOf(log.channel, log.recipient),
  };
}

function maskTexts(
  log: NotificationLog,
  mask: (text: string) => string,
  maskRecord: (record: Readonly<Record<string, unknown>>) => Record<string, unknown>,
): Partial<NotificationLog> {
  return omitUndefined({
    subject: log.subject === undefined ? undefined : mask(log.subject),
    content: log.content === undefined ? undefined : mask(log.content),
    reason: log.reason === undefined ? undefined : mask(log.reason),
    error: log.error === undefined ? undefined : mask(log.error),
    metadata: log.metadata === undefined ? undefined : maskRecord(log.metadata),
    retryLogs: log.retryLogs.map((retry) =>
      retry.error === undefined ? retry : { ...retry, error: mask(retry.error) },
    ),
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
