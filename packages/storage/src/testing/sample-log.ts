import { ContentPrivacy, type NotificationLog, NotificationLogStatus } from '../notification-log.ts';

/** The moment the suite's rows are counted from. */
const SAMPLE_START = Date.UTC(2026, 0, 5, 8, 30, 0, 125);

/** A moment some minutes after the start. */
export function minute(minutes: number): Date {
  return new Date(SAMPLE_START + minutes * 60_000);
}

/** A row with no more than every row has. */
export function plainLog(log: Partial<NotificationLog> & { readonly id: string }): NotificationLog {
  const createdAt = log.createdAt ?? minute(0);
  return {
    notificationId: 'notification-1',
    channel: 'email',
    recipient: 'a***@example.com',
    status: NotificationLogStatus.PENDING,
    contentPrivacy: ContentPrivacy.MASKED,
    attempts: 0,
    retryLogs: [],
    updatedAt: createdAt,
    ...log,
    createdAt,
  };
}

/** A row with every field. */
export function fullLog(log: Partial<NotificationLog> & { readonly id: string }): Required<NotificationLog> {
  return {
    notificationId: 'notification-full',
    notificationType: 'order.shipped',
    channel: 'sms',
    recipient: '+49*****12',
    recipientHash: 'r1:hash-full',
    status: NotificationLogStatus.DELIVERED,
    subject: 'Your order “№ 7” – O’Brien & söhne 🎉',
    content: '<p>Line 1\nLine 2\t"quoted" \'single\' \\ % _ ; --</p>',
    contentType: 'html',
    contentPrivacy: ContentPrivacy.MASKED,
    attempts: 3,
    retryLogs: [
      {
        attempt: 1,
        status: 'failed',
        timestamp: minute(1),
        provider: 'sms-one',
        error: 'HTTP 503',
        errorCode: 'CHANNEL_UNAVAILABLE',
      },
      { attempt: 2, status: 'unknown', timestamp: minute(2) },
      { attempt: 3, status: 'sent', timestamp: minute(3), provider: 'sms-two' },
    ],
    provider: 'sms-two',
    messageId: '<7.abc@provider.example>',
    jobId: 'job-full',
    idempotencyKey: 'key-full',
    reason: 'because',
    error: 'HTTP 503',
    errorCode: 'CHANNEL_UNAVAILABLE',
    metadata: {
      campaign: 'spring',
      count: 7,
      ratio: 0.5,
      isTest: false,
      nothing: null,
      list: [1, ['two', {}]],
    },
    tags: ['vip', 'with space'],
    scheduledFor: minute(-10),
    sentAt: minute(3),
    deliveredAt: minute(4),
    failedAt: minute(2),
    updatedAt: minute(4),
    ...log,
    createdAt: log.createdAt ?? minute(0),
  };
}
