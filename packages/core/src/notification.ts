import type { z } from 'zod';
import { CoreErrorCode, TownKrierError } from './errors.ts';
import type { EmailMessage, InAppMessage, PushMessage, SmsMessage } from './messages.ts';
import { type ChannelName, NotificationPriority } from './notification-channel.ts';
import { formatPath } from './options.ts';
import type { Notifiable } from './recipient.ts';

type MaybePromise<Value> = Value | Promise<Value>;

/**
 * What is said, and over which channels: subclass it, name the channels in `via` and write one `toX` for each.
 *
 * A channel of your own, `telegram`, is rendered by `toTelegram`: `to` and the name in PascalCase (`in_app` → `toInApp`, `ms-teams` → `toMsTeams`).
 *
 * `via` runs where the notification is sent or enqueued; `shouldSend` and `toX` run where it is delivered, which with a queue may be another process,
 * later. There an instance is revived from its own fields without calling the constructor, so fields must be plain data (also Date, Map, Set, BigInt, bytes).
 *
 * @example
 * class WelcomeEmail extends Notification {
 *   via() { return [NotificationChannel.EMAIL]; }
 *   toEmail() { return { subject: 'Welcome!', text: 'Good to have you.' }; }
 * }
 */
export abstract class Notification {
  /** A stable name for stored notifications, so that the class may be renamed. @default the class's name */
  static readonly type?: string;
  /** Raise it when the fields (or the payload) change shape, and write `upgrade`. @default 1 */
  static readonly version?: number;
  /** Turns the payload or fields of an older version into today's. Called with what was stored, decoded. */
  static upgrade?(stored: unknown, fromVersion: number): unknown;
  /** Names of fields (or payload keys) whose values a log may show. All others count as personal. */
  static readonly unmasked?: readonly string[];
  /** Builds the instance from what `toStored` returned, for classes whose own fields do not say it all (`#private`, accessors). */
  static fromStored?(stored: unknown): Notification;

  /** How urgent it is to its reader; channels may map it. It does not order a queue. */
  priority: NotificationPriority = NotificationPriority.NORMAL;
  /** A name of your own for it, such as an order number; written to the log. */
  reference?: string;
  /** Plain data kept with it and handed to middleware and providers. */
  metadata: Record<string, unknown> = {};

  /**
   * The channels to use. Naming one twice counts once; naming none is an error.
   * @param recipient - Your own object when it is a {@link Notifiable}, otherwise a view of the addresses given.
   */
  abstract via(recipient: Notifiable): MaybePromise<readonly ChannelName[]>;

  /** The mail. All `toX` are given a view of the addresses in use, the locale and the time zone: your own object may be gone by then. */
  toEmail?(recipient: Notifiable): MaybePromise<EmailMessage>;
  toSms?(recipient: Notifiable): MaybePromise<SmsMessage>;
  toPush?(recipient: Notifiable): MaybePromise<PushMessage>;
  toInApp?(recipient: Notifiable): MaybePromise<InAppMessage>;
  toSlack?(recipient: Notifiable): unknown;
  toWebhook?(recipient: Notifiable): unknown;
  toDatabase?(recipient: Notifiable): unknown;

  /** Asked right before sending: `true` to send, `false` or a reason not to. The delivery is then `skipped` with that reason. */
  shouldSend?(recipient: Notifiable, channel: ChannelName): MaybePromise<boolean | string>;

  /** What to store instead of the instance's own fields; needs `static fromStored`. Same rules as for fields. */
  toStored?(): unknown;

  /** Sets the priority; chainable. */
  setPriority(priority: NotificationPriority): this {
    this.priority = priority;
    return this;
  }

  /** Sets the reference; chainable. */
  setReference(reference: string): this {
    this.reference = reference;
    return this;
  }

  /** Replaces the metadata; chainable. */
  setMetadata(metadata: Record<string, unknown>): this {
    this.metadata = metadata;
    return this;
  }

  /**
   * A base class with a checked, typed `payload` and a stable type.
   *
   * The payload is checked when the notification is made and again when a worker revives it, so the schema must be synchronous.
   *
   * @param type - Names it in stored jobs and in the log; must never change.
   * @throws {TownKrierError} `NOTIFICATION_PAYLOAD_INVALID`, from the constructor of the class, naming the fields that are wrong.
   *
   * @example
   * class OrderShipped extends Notification.of('order.shipped', z.object({ orderId: z.string() })) {
   *   via() { return ['email']; }
   *   toEmail() { return { subject: `Order ${this.payload.orderId} is on its way`, text: '…' }; }
   * }
   */
  static of<const Type extends string, Schema extends z.ZodType>(
    type: Type,
    schema: Schema,
  ): TypedNotificationClass<Type, z.output<Schema>, z.input<Schema>> {
    abstract class OfType extends TypedNotification<z.output<Schema>> {
      static override readonly type = type;

      static parsePayload(payload: unknown): z.output<Schema> {
        return parsePayload(schema, payload, type);
      }

      constructor(payload: z.input<Schema>) {
        super(parsePayload(schema, payload, type));
        givenPayloads.set(this, payload);
      }
    }
    return OfType;
  }
}

/** What typed notifications were made from, for schemas that cannot read their own output again. Kept aside so that it is no field. */
const givenPayloads = new WeakMap<Notification, unknown>();

/** The payload as the app gave it, before the schema changed it; the checked one for a revived instance. @internal */
export function givenPayloadOf(notification: TypedNotification): unknown {
  return givenPayloads.has(notification) ? givenPayloads.get(notification) : notification.payload;
}

function parsePayload<Schema extends z.ZodType>(
  schema: Schema,
  payload: unknown,
  type: string,
): z.output<Schema> {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  // Paths and expectations only: the values may be personal.
  const problems = parsed.error.issues.map(
    (issue) => `${formatPath(issue.path) || 'payload'}: ${issue.message}`,
  );
  throw new TownKrierError(`The payload of notification "${type}" is invalid: ${problems.join('; ')}.`, {
    code: CoreErrorCode.NOTIFICATION_PAYLOAD_INVALID,
  });
}

/** A notification made from a checked payload: see {@link Notification.of}. */
export abstract class TypedNotification<Payload = unknown> extends Notification {
  /** As the schema returned it. Do not change it: what is stored is checked again. */
  readonly payload: Payload;

  constructor(payload: Payload) {
    super();
    this.payload = payload;
  }
}

/** What {@link Notification.of} returns: extend it, and write `via` and the `toX`. */
export type TypedNotificationClass<Type extends string, Payload, Input> = (abstract new (
  payload: Input,
) => TypedNotification<Payload>) &
  Omit<NotificationClass<TypedNotification<Payload>>, 'prototype' | 'type'> & {
    readonly type: Type;
    /** Checks a payload. Throws `NOTIFICATION_PAYLOAD_INVALID`. */
    parsePayload(payload: unknown): Payload;
  };

/** A notification class, as far as registering and reviving need it. */
export interface NotificationClass<Instance extends Notification = Notification> {
  readonly prototype: Instance;
  readonly name: string;
  readonly type?: string;
  readonly version?: number;
  readonly unmasked?: readonly string[];
  upgrade?(stored: unknown, fromVersion: number): unknown;
  fromStored?(stored: unknown): Notification;
  /** Present on typed ones. */
  parsePayload?(payload: unknown): unknown;
}
