import { decodeValue, encodeFields, encodeValue } from './codec.ts';
import { CoreErrorCode, TownKrierError } from './errors.ts';
import {
  givenPayloadOf,
  type Notification,
  type NotificationClass,
  type TypedNotification,
} from './notification.ts';
import { classOf, isTyped, notificationVersionOf } from './notification-registry.ts';
import type { JsonValue, StoredContent, StoredNotification } from './stored-notification.ts';

/** Stored beside the content, not in it. */
const BASE_FIELDS = ['priority', 'reference', 'metadata'] as const;
const TYPED_FIELDS = [...BASE_FIELDS, 'payload'] as const;

/** What of a stored notification is an instance: everything but rendered messages. */
export type InstanceContent = Exclude<StoredContent, { kind: 'messages' }>;

/**
 * What to keep of a notification of a registered class.
 * @throws {TownKrierError} `NOTIFICATION_NOT_STORABLE`, naming the path.
 */
export function storeContent(notification: Notification): InstanceContent {
  if (isTyped(notification)) return storeTyped(notification);
  const fields =
    notification.toStored === undefined
      ? encodeFields(notification, BASE_FIELDS)
      : encodeValue(notification.toStored(), { path: 'toStored()' });
  return { kind: 'fields', fields };
}

function storeTyped(notification: TypedNotification): InstanceContent {
  const fields = encodeFields(notification, TYPED_FIELDS);
  const payload = storePayload(notification);
  return Object.keys(fields).length === 0
    ? { kind: 'payload', payload }
    : { kind: 'payload', payload, fields };
}

/**
 * Keeps the checked payload, so that defaults such as a generated id stay what they are. Only where the schema does not read its own output back
 * unchanged (`z.string().transform(Number)`) the payload is kept as the app gave it.
 */
function storePayload(notification: TypedNotification): JsonValue {
  const encoded = encodeValue(notification.payload, { path: 'payload' });
  const notificationClass = classOf(notification);
  return readsBack(notificationClass, notification.payload, encoded)
    ? encoded
    : encodeValue(givenPayloadOf(notification), { path: 'payload' });
}

function readsBack(notificationClass: NotificationClass, payload: unknown, encoded: JsonValue): boolean {
  try {
    const again = encodeValue(notificationClass.parsePayload?.(payload));
    return JSON.stringify(again) === JSON.stringify(encoded);
  } catch (error) {
    if (TownKrierError.is(error)) return false;
    throw error;
  }
}

/**
 * Makes the instance a stored notification was, without calling the constructor of its class.
 *
 * @throws {TownKrierError} `NOTIFICATION_VERSION_NEWER` when it was stored by newer code; `NOTIFICATION_PAYLOAD_INVALID` when what was stored does not
 * fit the class, also after `upgrade`.
 */
export function reviveNotification(
  notificationClass: NotificationClass,
  stored: StoredNotification,
  content: InstanceContent,
): Notification {
  assertVersionIsKnown(notificationClass, stored);
  const notification = reviveContent(notificationClass, stored, content);
  notification.priority = stored.priority;
  if (stored.reference !== undefined) notification.reference = stored.reference;
  notification.metadata = decodeRecord(stored.metadata, stored.type);
  return notification;
}

function assertVersionIsKnown(notificationClass: NotificationClass, stored: StoredNotification): void {
  const version = notificationVersionOf(notificationClass);
  if (stored.version <= version) return;
  throw new TownKrierError(
    `Notification "${stored.type}" was stored as version ${stored.version}, but this process knows only version ${version}. Deploy the newer code to the workers, then retry.`,
    { code: CoreErrorCode.NOTIFICATION_VERSION_NEWER },
  );
}

function reviveContent(
  notificationClass: NotificationClass,
  stored: StoredNotification,
  content: InstanceContent,
): Notification {
  const isTyped = notificationClass.parsePayload !== undefined;
  if (isTyped !== (content.kind === 'payload')) {
    throw unfit(
      stored.type,
      `it was stored with ${content.kind}, which class ${notificationClass.name} does not have`,
    );
  }
  const instance: Notification = Object.create(notificationClass.prototype);
  if (content.kind === 'payload') {
    if (content.fields !== undefined) setFields(instance, decodeRecord(content.fields, stored.type));
    const payload = upgrade(notificationClass, stored, decodeValue(content.payload));
    setFields(instance, { payload: notificationClass.parsePayload?.(payload) });
    return instance;
  }
  const data = upgrade(notificationClass, stored, decodeValue(content.fields));
  if (notificationClass.fromStored !== undefined) return notificationClass.fromStored(data);
  setFields(instance, asRecord(data, stored.type));
  return instance;
}

function upgrade(notificationClass: NotificationClass, stored: StoredNotification, data: unknown): unknown {
  if (stored.version === notificationVersionOf(notificationClass)) return data;
  if (typeof notificationClass.upgrade !== 'function') return data;
  try {
    return notificationClass.upgrade(data, stored.version);
  } catch (error) {
    throw unfit(stored.type, `its upgrade from version ${stored.version} failed`, error);
  }
}

/** Defines rather than assigns: a stored `__proto__` stays a field, and setters of the class are not run. */
function setFields(instance: object, fields: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(fields)) {
    Object.defineProperty(instance, key, {
      value: fields[key],
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
}

function decodeRecord(encoded: JsonValue, type: string): Record<string, unknown> {
  return asRecord(decodeValue(encoded), type);
}

function asRecord(value: unknown, type: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw unfit(type, 'its fields are not an object');
}

function unfit(type: string, why: string, cause?: unknown): TownKrierError {
  return new TownKrierError(`Stored notification "${type}" cannot be revived: ${why}.`, {
    code: CoreErrorCode.NOTIFICATION_PAYLOAD_INVALID,
    cause,
  });
}
