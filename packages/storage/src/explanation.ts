import type { ChannelName } from '@townkrier/core';
import { type NotificationLog, NotificationLogStatus, type RetryLog } from './notification-log.ts';

/** One thing that happened to a delivery, or was decided about it. */
export interface ExplanationStep {
  readonly at: Date;
  /** `queued`, `scheduled`, `attempt failed`, … */
  readonly what:
    | 'logged'
    | 'queued'
    | 'scheduled'
    | 'due'
    | 'attempt failed'
    | 'attempt unknown'
    | 'sent'
    | 'delivered'
    | 'skipped'
    | 'cancelled'
    | 'failed'
    | 'unknown';
  /** A whole sentence. */
  readonly text: string;
}

/** What happened to one delivery, oldest first. */
export interface DeliveryExplanation {
  readonly logId: string;
  readonly channel: ChannelName;
  /** As the log shows it. */
  readonly recipient: string;
  readonly status: NotificationLogStatus;
  /** One sentence. */
  readonly summary: string;
  readonly steps: readonly ExplanationStep[];
}

/** Why a notification was sent, or was not. Everything in it is masked like the log. */
export interface Explanation {
  readonly notificationId: string;
  readonly notificationType?: string;
  /** One sentence about all of its deliveries. */
  readonly summary: string;
  readonly deliveries: readonly DeliveryExplanation[];
}

/** Explains the rows of one notification, at least one, in the order given. */
export function explainLogs(logs: readonly NotificationLog[]): Explanation {
  const deliveries = logs.map(explainLog);
  const [first] = logs;
  const [only] = deliveries;
  return {
    notificationId: first?.notificationId ?? '',
    ...(first?.notificationType !== undefined && { notificationType: first.notificationType }),
    summary: deliveries.length === 1 && only ? only.summary : summariseAll(logs),
    deliveries,
  };
}

function explainLog(log: NotificationLog): DeliveryExplanation {
  const { id, channel, recipient, status } = log;
  // Sorting is stable: what shares a moment stays in the order it is listed in.
  const steps = [...openingSteps(log), ...log.retryLogs.flatMap(retryStep), ...closingSteps(log)].sort(
    (left, right) => left.at.getTime() - right.at.getTime(),
  );
  return { logId: id, channel, recipient, status, summary: summarise(log), steps };
}

function openingSteps({ createdAt, jobId, scheduledFor }: NotificationLog): ExplanationStep[] {
  if (scheduledFor !== undefined && scheduledFor > createdAt) {
    const due = scheduledFor.toISOString();
    const scheduled = { at: createdAt, what: 'scheduled', text: `It was scheduled for ${due}.` } as const;
    return [scheduled, { at: scheduledFor, what: 'due', text: 'It was due.' }];
  }
  if (jobId === undefined) return [{ at: createdAt, what: 'logged', text: 'It entered the log.' }];
  return [{ at: createdAt, what: 'queued', text: `It was queued as job ${jobId}.` }];
}

function retryStep(retry: RetryLog): ExplanationStep[] {
  if (retry.status === 'sent') return [];
  const provider = retry.provider === undefined ? '' : ` with ${retry.provider}`;
  const what = retry.status === 'failed' ? 'attempt failed' : 'attempt unknown';
  const outcome = retry.status === 'failed' ? 'failed' : 'ended without a known outcome';
  return [
    { at: retry.timestamp, what, text: `Attempt ${retry.attempt}${provider} ${outcome}${because(retry)}.` },
  ];
}

function closingSteps(log: NotificationLog): ExplanationStep[] {
  const steps: ExplanationStep[] = [];
  const { sentAt, deliveredAt, failedAt, status, updatedAt } = log;
  if (sentAt) steps.push({ at: sentAt, what: 'sent', text: `${byProvider(log)} took it${asMessage(log)}.` });
  if (deliveredAt) steps.push({ at: deliveredAt, what: 'delivered', text: 'It was delivered.' });
  if (status === 'failed')
    steps.push({ at: failedAt ?? updatedAt, what: 'failed', text: `It failed for good${because(log)}.` });
  if (status === 'skipped' || status === 'cancelled' || status === 'unknown') {
    steps.push({ at: updatedAt, what: status, text: summarise(log) });
  }
  return steps;
}

function summarise(log: NotificationLog): string {
  const tries = log.attempts === 1 ? '1 attempt' : `${log.attempts} attempts`;
  switch (log.status) {
    case NotificationLogStatus.PENDING:
      return 'It waits in the queue to be sent as soon as possible.';
    case NotificationLogStatus.SCHEDULED:
      return `It is scheduled${log.scheduledFor === undefined ? '' : ` for ${log.scheduledFor.toISOString()}`}.`;
    case NotificationLogStatus.SENDING:
      return `It is being sent, attempt ${Math.max(1, log.attempts)}.`;
    case NotificationLogStatus.SENT:
      return `It was sent by ${byProvider(log)} after ${tries}.`;
    case NotificationLogStatus.DELIVERED:
      return `It was delivered by ${byProvider(log)} after ${tries}.`;
    case NotificationLogStatus.RETRYING:
      return `It failed ${tries === '1 attempt' ? 'once' : `in ${tries}`} and will be tried again${because(log)}.`;
    case NotificationLogStatus.FAILED:
      return `It was not sent: it failed for good after ${tries}${because(log)}.`;
    case NotificationLogStatus.UNKNOWN:
      return `Nobody knows whether it was sent${because(log)}.`;
    case NotificationLogStatus.SKIPPED:
      return `It was not sent, by decision${because({ reason: log.reason })}.`;
    case NotificationLogStatus.CANCELLED:
      return `It was not sent: it was withdrawn${because({ reason: log.reason })}.`;
  }
}

function summariseAll(logs: readonly NotificationLog[]): string {
  const counts = new Map<string, number>();
  for (const { status } of logs) counts.set(status, (counts.get(status) ?? 0) + 1);
  const parts = [...counts].map(([status, count]) => `${count} ${status}`);
  return `Of ${logs.length} deliveries: ${parts.join(', ')}.`;
}

function because(from: {
  readonly reason?: string | undefined;
  readonly error?: string | undefined;
  readonly errorCode?: string | undefined;
}): string {
  const why = from.reason ?? from.error ?? from.errorCode;
  return why === undefined || why === '' ? '' : `: ${why.replace(/\.$/, '')}`;
}

function byProvider({ provider }: NotificationLog): string {
  return provider ?? 'a provider';
}

function asMessage({ messageId }: NotificationLog): string {
  return messageId === undefined ? '' : ` as ${messageId}`;
}
