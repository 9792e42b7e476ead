import type { ChannelReceipt } from './channel.ts';
import type { TownKrierError } from './errors.ts';
import type { ChannelName } from './notification-channel.ts';

/** What every event about a delivery carries. Never a message or an address. */
export interface DeliveryEvent {
  readonly at: Date;
  readonly notificationId: string;
  readonly notificationType: string;
  readonly channel: ChannelName;
  readonly idempotencyKey: string;
  readonly attempt: number;
  readonly jobId?: string;
}

/** The events of a {@link NotificationManager}, by name. All but `notification:sending` come after the fact. */
export interface NotificationEvents {
  /** A delivery is about to be handed to a provider. */
  'notification:sending': DeliveryEvent & { readonly provider: string };
  /** A provider took it. */
  'notification:sent': DeliveryEvent & { readonly provider: string; readonly receipt: ChannelReceipt };
  /** A try failed; `isRetryable` says whether another can help, not whether there will be one. */
  'notification:failed': DeliveryEvent & { readonly error: TownKrierError; readonly isRetryable: boolean };
  /** It was decided not to send. */
  'notification:skipped': DeliveryEvent & { readonly reason: string };
  /** The provider may or may not have taken it. */
  'notification:unknown': DeliveryEvent & { readonly error: TownKrierError; readonly isRetryable: boolean };
  /** A queue stored it for as soon as possible. */
  'notification:queued': Omit<DeliveryEvent, 'attempt'>;
  /** A queue stored it for later. */
  'notification:scheduled': Omit<DeliveryEvent, 'attempt'> & { readonly scheduledFor: Date };
  /** A provider failed so often in a row that it gets a rest. */
  'provider:circuit-opened': { readonly at: Date; readonly provider: string; readonly probeAt: Date };
  /** A provider works again. */
  'provider:circuit-closed': { readonly at: Date; readonly provider: string };
}
