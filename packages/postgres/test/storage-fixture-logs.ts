import type { NotificationLog } from '@townkrier/storage';
import { logOf, minute } from './storage-sample.ts';

/** What the fixtures of all versions hold: a row of every status, one of which has every field. */
export const fixtureLogs: readonly NotificationLog[] = [
  logOf({
    id: 'full',
    notificationId: 'notification-full',
    notificationType: 'order.shipped',
    channel: 'sms',
    recipient: '+49*****12',
    recipientHash: 'r1:hash-full',
    status: 'delivered',
    subject: 'Your order “№ 7” – O’Brien & söhne 🎉',
    content: '<p>Line 1\nLine 2\t"quoted"</p>',
    contentType: 'html',
    attempts: 2,
    retryLogs: [
      {
        attempt: 1,
        status: 'failed',
        timestamp: minute(1),
        provider: 'sms-one',
        error: 'HTTP 503',
        errorCode: 'X',
      },
      { attempt: 2, status: 'sent', timestamp: minute(2) },
    ],
    provider: 'sms-two',
    messageId: '<7.abc@provider.example>',
    jobId: 'job-full',
    idempotencyKey: 'key-full',
    reason: 'because',
    error: 'HTTP 503',
    errorCode: 'CHANNEL_UNAVAILABLE',
    metadata: { campaign: 'spring', list: [1, ['two', {}]], nothing: null },
    tags: ['vip', 'with space'],
    scheduledFor: minute(-10),
    sentAt: minute(3),
    deliveredAt: minute(4),
    failedAt: minute(2),
    updatedAt: minute(4),
  }),
  ...(
    [
      'pending',
      'scheduled',
      'sending',
      'sent',
      'retrying',
      'failed',
      'unknown',
      'skipped',
      'cancelled',
    ] as const
  ).map((status, index) =>
    logOf({ id: status, status, createdAt: minute(60 * index), idempotencyKey: `key-${status}` }),
  ),
  logOf({
    id: 'private',
    contentPrivacy: 'private',
    recipient: '',
    recipientHash: 'r1:private',
    status: 'sent',
  }),
];
