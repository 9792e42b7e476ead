import type { ChannelName } from './notification-channel.ts';
import type { Notifiable } from './recipient.ts';

/** A recipient as notifications see it wherever they run: addresses, locale and time zone, and nothing of the app's own object. */
export class ResolvedRecipient implements Notifiable {
  /** As given, by channel. */
  readonly addresses: ReadonlyMap<ChannelName, unknown>;
  declare readonly preferredLocale?: string;
  declare readonly timeZone?: string;

  constructor(
    addresses: ReadonlyMap<ChannelName, unknown>,
    locale: string | undefined,
    timeZone: string | undefined,
  ) {
    this.addresses = addresses;
    if (locale !== undefined) this.preferredLocale = locale;
    if (timeZone !== undefined) this.timeZone = timeZone;
  }

  routeNotificationFor(channel: ChannelName): unknown {
    return this.addresses.get(channel);
  }
}
