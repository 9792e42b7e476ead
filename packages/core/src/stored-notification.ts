import type { ChannelName, NotificationPriority } from './notification-channel.ts';

/** What `JSON.stringify` keeps whole. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** One delivery of a stored notification, before it is tried. */
export interface StoredDelivery {
  readonly idempotencyKey: string;
  readonly channel: ChannelName;
  /** Encoded address, as the recipient gave it. */
  readonly address: JsonValue;
}

/** What of a notification is kept. Never an instance. */
export type StoredContent =
  /** A typed notification: its payload, checked when stored and again when revived, and the fields its class adds. */
  | { readonly kind: 'payload'; readonly payload: JsonValue; readonly fields?: JsonValue }
  /** A registered plain class: its own fields (or what `toStored` gave), revived on the class without calling the constructor. */
  | { readonly kind: 'fields'; readonly fields: JsonValue }
  /** A class nobody registered: rendered when stored, one message a channel. */
  | {
      readonly kind: 'messages';
      readonly messages: { readonly [channel: string]: JsonValue };
      /** Why `shouldSend`, asked when stored, declined a channel. */
      readonly skipped?: { readonly [channel: string]: string };
      /** The texts of its fields, which a log masks: the class is not there to tell. */
      readonly personalValues?: readonly string[];
    };

/** A notification as data: survives the process, the deploy and, with `upgrade`, the renaming of its fields. */
export interface StoredNotification {
  /** The version of this shape. */
  readonly format: 1;
  /** The notification's id; each send has its own. */
  readonly id: string;
  /** The stable type, or the class name where none was given. */
  readonly type: string;
  /** The version of the payload, for `upgrade`. */
  readonly version: number;
  readonly content: StoredContent;
  /** Encoded addresses by channel, for `toX(recipient)`. */
  readonly recipient: { readonly [channel: string]: JsonValue };
  readonly deliveries: readonly StoredDelivery[];
  readonly priority: NotificationPriority;
  readonly reference?: string;
  readonly metadata: { readonly [key: string]: JsonValue };
  readonly locale?: string;
  readonly timeZone?: string;
  /** W3C trace context of whoever stored it. */
  readonly traceparent?: string;
}
