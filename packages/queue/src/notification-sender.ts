import type {
  ChannelName,
  ChannelResult,
  DeliverOptions,
  DeliveryResult,
  Notification,
  Recipient,
  SendOptions,
  StoredNotification,
} from '@townkrier/core';

/** What a {@link QueueManager} needs of a `NotificationManager`; any that has these methods will do. */
export interface NotificationSender {
  send(
    notification: Notification,
    recipient: Recipient,
    options?: SendOptions,
  ): Promise<Map<ChannelName, ChannelResult>>;
  prepare(
    notification: Notification,
    recipient: Recipient,
    options?: SendOptions,
  ): Promise<StoredNotification>;
  deliver(stored: StoredNotification, options?: DeliverOptions): Promise<readonly DeliveryResult[]>;
  announceQueued(
    stored: StoredNotification,
    job: { readonly jobId: string; readonly scheduledFor?: Date },
  ): Promise<void>;
  announceWithdrawn(idempotencyKeys: readonly string[], reason: string): Promise<void>;
  /** Whether no provider of a channel can send twice for one idempotency key. Absent means no. */
  channelHonoursIdempotencyKey?(channel: ChannelName): boolean;
}
