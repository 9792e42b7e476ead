import type { ChannelName } from '@townkrier/core';

/** Where a delivery stands, as far as is known. */
export const NotificationLogStatus = {
  /** A queue has it and will try it as soon as it can. */
  PENDING: 'pending',
  /** A queue has it for later. */
  SCHEDULED: 'scheduled',
  /** A provider is being called. */
  SENDING: 'sending',
  /** A provider took it. */
  SENT: 'sent',
  /** It is known to have arrived. */
  DELIVERED: 'delivered',
  /** A try failed and another is planned. */
  RETRYING: 'retrying',
  /** It failed for good. */
  FAILED: 'failed',
  /** A provider may or may not have taken it, and it is not tried again. */
  UNKNOWN: 'unknown',
  /** It was decided not to send it. */
  SKIPPED: 'skipped',
  /** It was withdrawn before it was sent. */
  CANCELLED: 'cancelled',
} as const;
export type NotificationLogStatus = (typeof NotificationLogStatus)[keyof typeof NotificationLogStatus];

/** Whether a delivery in this status is over, as far as the log knows: nothing more has to come. */
export function isFinishedStatus(status: NotificationLogStatus): boolean {
  return !UNFINISHED.has(status);
}
const UNFINISHED: ReadonlySet<NotificationLogStatus> = new Set([
  NotificationLogStatus.PENDING,
  NotificationLogStatus.SCHEDULED,
  NotificationLogStatus.SENDING,
  NotificationLogStatus.RETRYING,
]);

/** How much of a message the log keeps. Credentials (codes, tokens, keys, card numbers) are removed at every level. */
export const ContentPrivacy = {
  /** Content and recipient as they are. */
  PUBLIC: 'public',
  /** Content with its shape kept and its values hidden; recipient masked but findable. The default. */
  MASKED: 'masked',
  /**
   * No recipient, subject, content, metadata, tags or error text: only what kind of thing happened when, and `reason` with its values hidden.
   * The recipient stays findable.
   */
  PRIVATE: 'private',
} as const;
export type ContentPrivacy = (typeof ContentPrivacy)[keyof typeof ContentPrivacy];

/** One try of a delivery that did not succeed, or that did after others had not. */
export interface RetryLog {
  /** 1 on the first try. */
  readonly attempt: number;
  readonly status: 'sent' | 'failed' | 'unknown';
  readonly timestamp: Date;
  readonly provider?: string;
  /** Masked. */
  readonly error?: string;
  readonly errorCode?: string;
}

/** One row of the delivery log: one notification to one address over one channel. */
export interface NotificationLog {
  readonly id: string;
  readonly notificationId: string;
  /** The stable type, such as `order.shipped`. */
  readonly notificationType?: string;
  readonly channel: ChannelName;
  /** Masked, unless the row is `public`; `''` when it is `private`. */
  readonly recipient: string;
  /** A keyed hash of the normalised address: finds all rows of one recipient without telling who it is. Set by the manager. */
  readonly recipientHash?: string;
  readonly status: NotificationLogStatus;
  readonly subject?: string;
  /** Text or HTML, as its privacy allows. */
  readonly content?: string;
  readonly contentType?: 'text' | 'html';
  readonly contentPrivacy: ContentPrivacy;
  readonly attempts: number;
  readonly retryLogs: readonly RetryLog[];
  readonly provider?: string;
  /** The provider's id of the message. */
  readonly messageId?: string;
  readonly jobId?: string;
  readonly idempotencyKey?: string;
  /** Why it was skipped, cancelled, failed or is unknown. Masked. */
  readonly reason?: string;
  /** The last error. Masked. */
  readonly error?: string;
  readonly errorCode?: string;
  /** Masked, keys and values. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly tags?: readonly string[];
  readonly scheduledFor?: Date;
  readonly sentAt?: Date;
  readonly deliveredAt?: Date;
  readonly failedAt?: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What `logNotification` is given. `contentPrivacy`, `attempts` and `retryLogs` have defaults; recipient and content are given in clear and masked before they are stored. */
export type NewNotificationLog = Omit<
  NotificationLog,
  'id' | 'createdAt' | 'updatedAt' | 'recipientHash' | 'contentPrivacy' | 'attempts' | 'retryLogs'
> &
  Partial<Pick<NotificationLog, 'contentPrivacy' | 'attempts' | 'retryLogs'>> & {
    /** Personal values to mask wherever they occur in this row, besides the recipient. Never stored. */
    readonly personalValues?: readonly string[];
  };
