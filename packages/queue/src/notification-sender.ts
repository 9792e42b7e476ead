import type {
  Channel,
  Clock,
  DeliverOptions,
  DeliveryResult,
  Notification,
  Recipient,
  SendOptions,
  SendResults,
  StoredNotification,
} from '@townkrier/core';

/** What a {@link QueueManager} needs of a `NotificationManager`; any that has these methods will do. */
export interface NotificationSender {
  /** What the queue manager stamps moments with. */
  readonly clock: Clock;
  send(notification: Notification, recipient: Recipient, options?: SendOptions): Promise<SendResults>;
  prepare(
    notification: Notification,
    recipient: Recipient,
    options?: SendOptions,
  ): Promise<StoredNotification>;
  deliver(stored: StoredNotification, options?: DeliverOptions): Promise<readonly DeliveryResult[]>;
  announceQueued(
    stored: StoredNotification,
    job: { readonly jobId: string; readonly scheduledFor?: Date; readonly maxAttempts?: number },
  ): Promise<void>;
  announceWithdrawn(idempotencyKeys: readonly string[], reason: string): Promise<void>;
  /** The provider of a name, to learn whether it may be asked again after an unknown outcome. */
  getChannel(provider: string): Pick<Channel, 'honoursIdempotencyKey'> | null;
}
