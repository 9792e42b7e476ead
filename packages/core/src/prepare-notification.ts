import { decodeValue, encodeValue } from './codec.ts';
import { CoreErrorCode, TownKrierError } from './errors.ts';
import type { Notification } from './notification.ts';
import { LiveContent, type NotificationContent, RenderedContent } from './notification-content.ts';
import { classOf, type NotificationRegistry, notificationVersionOf } from './notification-registry.ts';
import type { NotificationPlan, PlannedDelivery } from './plan-notification.ts';
import { ResolvedRecipient } from './resolved-recipient.ts';
import { reviveNotification, storeContent } from './stored-content.ts';
import type { JsonValue, StoredContent, StoredDelivery, StoredNotification } from './stored-notification.ts';

/** The version of {@link StoredNotification} this code writes and reads. */
const FORMAT = 1;

/** Turns a planned notification into data. A class nobody registered is rendered now, and `shouldSend` is asked now. */
export async function storeNotification(
  notification: Notification,
  plan: NotificationPlan,
  registry: NotificationRegistry,
): Promise<StoredNotification> {
  const notificationClass = classOf(notification);
  const content = registry.has(notificationClass)
    ? storeContent(notification)
    : await storeMessages(notification, plan);
  const { preferredLocale: locale, timeZone } = plan.recipient;
  return {
    format: FORMAT,
    id: plan.id,
    type: plan.type,
    version: notificationVersionOf(notificationClass),
    content,
    recipient: Object.fromEntries(
      Array.from(plan.recipient.addresses, ([channel, address]) => [
        channel,
        encodeAddress(channel, address),
      ]),
    ),
    deliveries: plan.deliveries.map((delivery) => storeDelivery(delivery)),
    priority: plan.priority,
    ...(plan.reference === undefined ? {} : { reference: plan.reference }),
    metadata: encodeMetadata(plan.metadata),
    ...(locale === undefined ? {} : { locale }),
    ...(timeZone === undefined ? {} : { timeZone }),
  };
}

function storeDelivery({ idempotencyKey, channel, address }: PlannedDelivery): StoredDelivery {
  return { idempotencyKey, channel, address: encodeAddress(channel, address) };
}

function encodeAddress(channel: string, address: unknown): JsonValue {
  return encodeValue(address, { path: `recipient.${channel}` });
}

function encodeMetadata(metadata: Readonly<Record<string, unknown>>): { readonly [key: string]: JsonValue } {
  return Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => [key, encodeValue(value, { path: `metadata.${key}` })]),
  );
}

async function storeMessages(notification: Notification, plan: NotificationPlan): Promise<StoredContent> {
  const content = new LiveContent(notification, plan.recipient, classOf(notification).unmasked);
  const messages: { [channel: string]: JsonValue } = {};
  const skipped: { [channel: string]: string } = {};
  for (const channel of plan.recipient.addresses.keys()) {
    const reason = await content.decline(channel);
    if (reason !== null) skipped[channel] = reason;
    else messages[channel] = encodeValue(await content.render(channel), { path: `messages.${channel}` });
  }
  const personalValues = new Set<string>();
  content.collectPersonalValues(personalValues);
  return { kind: 'messages', messages, skipped, personalValues: [...personalValues] };
}

/** A stored notification, ready to be delivered. */
export interface RevivedNotification {
  readonly plan: NotificationPlan;
  readonly content: NotificationContent;
  /** Absent when only its messages were stored. */
  readonly notification?: Notification;
}

/**
 * The reverse of {@link storeNotification}.
 * @throws {TownKrierError} `NOTIFICATION_TYPE_UNKNOWN` when its class is not registered here; `NOTIFICATION_VERSION_NEWER`;
 * `NOTIFICATION_PAYLOAD_INVALID` when it does not fit its class.
 */
export function reviveStored(
  stored: StoredNotification,
  registry: NotificationRegistry,
): RevivedNotification {
  if (stored.format !== FORMAT) throw unreadableFormat(stored);
  const plan = revivePlan(stored);
  if (stored.content.kind === 'messages') return { plan, content: new RenderedContent(stored.content) };
  const notificationClass = registry.find(stored.type);
  if (notificationClass === null) throw unknownType(stored.type, registry);
  const notification = reviveNotification(notificationClass, stored, stored.content);
  return {
    plan,
    notification,
    content: new LiveContent(notification, plan.recipient, notificationClass.unmasked),
  };
}

function revivePlan(stored: StoredNotification): NotificationPlan {
  const addresses = new Map(
    Object.entries(stored.recipient).map(([channel, address]) => [channel, decodeValue(address)]),
  );
  return {
    id: stored.id,
    type: stored.type,
    ...(stored.reference === undefined ? {} : { reference: stored.reference }),
    priority: stored.priority,
    metadata: Object.fromEntries(
      Object.entries(stored.metadata).map(([key, value]) => [key, decodeValue(value)]),
    ),
    recipient: new ResolvedRecipient(addresses, stored.locale, stored.timeZone),
    deliveries: stored.deliveries.map(({ idempotencyKey, channel, address }) => ({
      idempotencyKey,
      channel,
      address: decodeValue(address),
    })),
  };
}

function unreadableFormat(stored: { readonly type: string; readonly format: number }): TownKrierError {
  return new TownKrierError(
    `Stored notification "${stored.type}" has format ${stored.format}; this version reads format ${FORMAT}.`,
    { code: CoreErrorCode.NOTIFICATION_VERSION_NEWER },
  );
}

function unknownType(type: string, registry: NotificationRegistry): TownKrierError {
  const known = registry.types.join(', ') || 'none';
  return new TownKrierError(
    `No class is registered for stored notification "${type}" (registered: ${known}). Call manager.register() with it in this process, then retry.`,
    { code: CoreErrorCode.NOTIFICATION_TYPE_UNKNOWN },
  );
}
