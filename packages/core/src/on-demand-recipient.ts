import type { Notification } from './notification.ts';
import type { ChannelName } from './notification-channel.ts';
import type { Notifiable } from './recipient.ts';
import type { SendOptions, SendResults } from './send-options.ts';

/** Sends to a recipient; what a manager lends to its on-demand recipients. */
export type SendTo = (
  notification: Notification,
  recipient: Notifiable,
  options?: SendOptions,
) => Promise<SendResults>;

/** Somebody without an account in your app: addresses put together on the spot by `manager.route`. Immutable. */
export class OnDemandRecipient implements Notifiable {
  readonly #addresses: ReadonlyMap<ChannelName, unknown>;
  readonly #send: SendTo;

  constructor(addresses: ReadonlyMap<ChannelName, unknown>, send: SendTo) {
    this.#addresses = addresses;
    this.#send = send;
  }

  /** The same recipient with one more address; a second one for a channel replaces the first. */
  route(channel: ChannelName, address: unknown): OnDemandRecipient {
    return new OnDemandRecipient(new Map(this.#addresses).set(channel, address), this.#send);
  }

  routeNotificationFor(channel: ChannelName): unknown {
    return this.#addresses.get(channel);
  }

  /** Sends now; see `NotificationManager.send`. */
  notify(notification: Notification, options?: SendOptions): Promise<SendResults> {
    return this.#send(notification, this, options);
  }
}
