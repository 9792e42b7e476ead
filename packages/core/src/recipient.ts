import type { ChannelName, NotificationChannel } from './notification-channel.ts';

/** An e-mail address, with the display name if there is one. A bare string is taken as `email`. */
export interface EmailAddress {
  readonly email: string;
  readonly name?: string;
}

/** A phone number, best in E.164 (`+4915112345678`). A bare string is taken as `phone`. */
export interface PhoneAddress {
  readonly phone: string;
  readonly name?: string;
}

/** One device. Give an array of these to reach all devices of a user; each becomes a delivery of its own. */
export interface PushAddress {
  readonly deviceToken: string;
  readonly userId?: string;
  readonly platform?: 'ios' | 'android' | 'web';
}

/** A user of your app, for messages kept inside it. */
export interface InAppAddress {
  readonly userId: string;
  readonly email?: string;
}

/**
 * Addresses by channel: `{ email: { email: 'ada@example.com' }, sms: { phone: '+15550100' } }`. A value may be an array; each entry is a
 * delivery of its own. Channels the notification does not use are ignored.
 */
export type RecipientAddresses =
  | Partial<Readonly<Record<NotificationChannel, unknown>>>
  | Readonly<Record<string, unknown>>;

/** Something of your app that knows its own addresses: a user, a team, an order. */
export interface Notifiable {
  /** The address (or array of addresses) for a channel; `undefined` or `null` when there is none. */
  routeNotificationFor(channel: ChannelName): unknown;
  /** BCP 47 language tag kept with the notification, for `toX` to read. */
  readonly preferredLocale?: string;
  /** IANA time zone kept with the notification. */
  readonly timeZone?: string;
}

/** Whom a notification is for: addresses by channel, or something that knows them. */
export type Recipient = RecipientAddresses | Notifiable;

/** Whether a recipient routes by itself, rather than being a plain object of addresses. */
export function isNotifiable(recipient: Recipient): recipient is Notifiable {
  return 'routeNotificationFor' in recipient && typeof recipient.routeNotificationFor === 'function';
}
