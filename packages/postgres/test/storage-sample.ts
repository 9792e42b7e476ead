import type { NotificationLog } from '@townkrier/storage';

/** A moment some minutes after the first of all rows. */
export function minute(minutes: number): Date {
  return new Date(Date.UTC(2026, 0, 5, 8, 30) + minutes * 60_000);
}

/** A row with no more than every row has. */
export function logOf(log: Partial<NotificationLog> & { readonly id: string }): NotificationLog {
  const createdAt = log.createdAt ?? minute(0);
  return {
    notificationId: 'notification-1',
    channel: 'email',
    recipient: 'a***@example.com',
    status: 'pending',
    contentPrivacy: 'masked',
    attempts: 0,
    retryLogs: [],
    updatedAt: createdAt,
    ...log,
    createdAt,
  };
}
