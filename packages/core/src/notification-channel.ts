/** The kinds of way a message can go. A provider (SMTP, Resend, Twilio) carries messages of one such kind. */
export const NotificationChannel = {
  EMAIL: 'email',
  SMS: 'sms',
  PUSH: 'push',
  IN_APP: 'in_app',
  SLACK: 'slack',
  WEBHOOK: 'webhook',
  DATABASE: 'database',
} as const;
export type NotificationChannel = (typeof NotificationChannel)[keyof typeof NotificationChannel];

/** A built-in channel, or the name of one of your own (`'telegram'`). */
export type ChannelName = NotificationChannel | (string & Record<never, never>);

/** How urgent a notification is to its reader. It does not order the queue: a job's priority does. */
export const NotificationPriority = {
  LOW: 'low',
  NORMAL: 'normal',
  HIGH: 'high',
  URGENT: 'urgent',
  /** Another word for {@link NotificationPriority.URGENT}. */
  CRITICAL: 'urgent',
} as const;
export type NotificationPriority = (typeof NotificationPriority)[keyof typeof NotificationPriority];
