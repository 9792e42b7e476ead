import { CoreErrorCode, TownKrierError } from './errors.ts';
import { createIdempotencyKey } from './idempotency-key.ts';
import type { Notification } from './notification.ts';
import type { ChannelName, NotificationPriority } from './notification-channel.ts';
import { classOf, notificationTypeOf } from './notification-registry.ts';
import { isNotifiable, type Notifiable, type Recipient } from './recipient.ts';
import { ResolvedRecipient } from './resolved-recipient.ts';
import type { SendOptions } from './send-options.ts';

/** One delivery, decided but not tried. */
export interface PlannedDelivery {
  readonly idempotencyKey: string;
  readonly channel: ChannelName;
  readonly address: unknown;
}

/** Where one notification will go: everything that is decided when it is sent or enqueued. */
export interface NotificationPlan {
  readonly id: string;
  readonly type: string;
  readonly reference?: string;
  readonly priority: NotificationPriority;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The addresses of the channels in use only. */
  readonly recipient: ResolvedRecipient;
  readonly deliveries: readonly PlannedDelivery[];
}

/** What planning needs besides the notification. */
export interface PlanContext {
  readonly createId: () => string;
  readonly idempotencySecret: string;
}

/**
 * Asks the notification for its channels and the recipient for the addresses, and gives each delivery its key. Nothing is sent.
 * The same address twice on one channel is one delivery.
 *
 * @throws {TownKrierError} `NOTIFICATION_NO_CHANNELS` when no channel remains; `RECIPIENT_MISSING` when the recipient has no address for one of them.
 */
export async function planNotification(
  notification: Notification,
  recipient: Recipient,
  options: SendOptions,
  context: PlanContext,
): Promise<NotificationPlan> {
  assertIsRecipient(recipient);
  const source = isNotifiable(recipient) ? recipient : viewOf(recipient);
  const channels = await resolveChannels(notification, source, options.channels);
  const id = context.createId();
  const type = notificationTypeOf(classOf(notification));
  const addresses = new Map(channels.map((channel) => [channel, addressFor(source, channel, type)]));
  const sendKey = options.idempotencyKey ?? id;
  return {
    id,
    type,
    ...(notification.reference === undefined ? {} : { reference: notification.reference }),
    priority: notification.priority,
    metadata: { ...notification.metadata, ...options.metadata },
    recipient: new ResolvedRecipient(addresses, source.preferredLocale, source.timeZone),
    deliveries: planDeliveries(addresses, sendKey, context.idempotencySecret),
  };
}

function assertIsRecipient(recipient: unknown): void {
  if (typeof recipient === 'object' && recipient !== null) return;
  throw new TownKrierError(
    `A recipient must be an object of addresses by channel, such as { email: 'ada@example.com' }, or have routeNotificationFor(); got ${recipient === null ? 'null' : typeof recipient}.`,
    { code: CoreErrorCode.RECIPIENT_MISSING },
  );
}

function viewOf(addresses: object): ResolvedRecipient {
  return new ResolvedRecipient(new Map(Object.entries(addresses)), undefined, undefined);
}

async function resolveChannels(
  notification: Notification,
  recipient: Notifiable,
  only: readonly ChannelName[] | undefined,
): Promise<readonly ChannelName[]> {
  const named: unknown = await notification.via(recipient);
  const name = notification.constructor.name;
  if (!Array.isArray(named) || !named.every((channel) => typeof channel === 'string' && channel !== '')) {
    throw noChannels(`${name}.via() must return an array of channel names.`);
  }
  const channels = [...new Set<ChannelName>(named)];
  if (channels.length === 0) throw noChannels(`${name}.via() named no channel, so there is nothing to send.`);
  if (only === undefined) return channels;
  const remaining = channels.filter((channel) => only.includes(channel));
  if (remaining.length > 0) return remaining;
  throw noChannels(
    `None of the channels asked for (${only.join(', ') || 'none'}) is among those ${name}.via() names (${channels.join(', ')}).`,
  );
}

function noChannels(message: string): TownKrierError {
  return new TownKrierError(message, { code: CoreErrorCode.NOTIFICATION_NO_CHANNELS });
}

function addressFor(recipient: Notifiable, channel: ChannelName, type: string): unknown {
  const address = recipient.routeNotificationFor(channel);
  const isMissing = address === undefined || address === null || address === '' || isEmptyArray(address);
  if (!isMissing) return address;
  throw new TownKrierError(
    `The recipient has no address for channel "${channel}", which notification "${type}" names. Add one, or leave the channel out in via(recipient).`,
    { code: CoreErrorCode.RECIPIENT_MISSING },
  );
}

function isEmptyArray(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function planDeliveries(
  addresses: ReadonlyMap<ChannelName, unknown>,
  sendKey: string,
  secret: string,
): readonly PlannedDelivery[] {
  const deliveries = new Map<string, PlannedDelivery>();
  for (const [channel, given] of addresses) {
    const each: readonly unknown[] = Array.isArray(given) ? given : [given];
    for (const address of each) {
      const idempotencyKey = createIdempotencyKey({ sendKey, channel, address }, secret);
      if (!deliveries.has(idempotencyKey))
        deliveries.set(idempotencyKey, { idempotencyKey, channel, address });
    }
  }
  return [...deliveries.values()];
}
