import { Notification, NotificationManager } from '@townkrier/core';
import { type QueueAdapter, QueueManager } from '@townkrier/queue';
import { type SimChannelOptions, simChannel } from './sim-channel.ts';

/** A numbered notification: its number is how a run follows it from the producer to the provider. */
export class Numbered extends Notification {
  readonly n: number;
  readonly channels: readonly string[];

  constructor(n: number, channels: readonly string[] = ['email']) {
    super();
    this.n = n;
    this.channels = channels;
  }

  via(): readonly string[] {
    return this.channels;
  }

  override toEmail() {
    return { subject: String(this.n), text: 'A message of the fault harness.' };
  }

  override toSms() {
    return { text: String(this.n) };
  }
}

export const RECIPIENT = { email: 'ada@example.com', sms: '+15550100' };

/** How the app sends. */
export interface AppOptions extends Omit<SimChannelOptions, 'channel'> {
  readonly channels?: readonly string[];
}

/** The app whose faults are tried: as small as an app can be. */
export function createApp(adapter: QueueAdapter, { channels = ['email'], ...sim }: AppOptions): QueueManager {
  // A provider that is made to fail on purpose is to be asked again each time.
  const notifications = new NotificationManager({ circuitBreaker: false });
  notifications.register(Numbered);
  for (const channel of channels) notifications.registerChannel(channel, simChannel({ ...sim, channel }));
  return new QueueManager(adapter, notifications);
}
