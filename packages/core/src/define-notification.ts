import type { z } from 'zod';
import type { EmailMessage, InAppMessage, PushMessage, SmsMessage } from './messages.ts';
import { Notification, type NotificationClass, type TypedNotification } from './notification.ts';
import type { ChannelName, NotificationPriority } from './notification-channel.ts';
import type { Notifiable } from './recipient.ts';
import { renderMethodName } from './render-message.ts';

/** What the functions of a definition are given. */
export interface NotificationContext<Payload> {
  readonly payload: Payload;
  readonly recipient: Notifiable;
}

/** Renders the message of one channel. */
export type MessageRenderer<Payload, Message> = (
  context: NotificationContext<Payload>,
) => Message | Promise<Message>;

/** One renderer a channel; channels of your own under their own names. */
export type MessageRenderers<Payload> = {
  readonly email?: MessageRenderer<Payload, EmailMessage>;
  readonly sms?: MessageRenderer<Payload, SmsMessage>;
  readonly push?: MessageRenderer<Payload, PushMessage>;
  readonly in_app?: MessageRenderer<Payload, InAppMessage>;
} & { readonly [channel: string]: MessageRenderer<Payload, unknown> | undefined };

/** A notification without a class. */
export interface NotificationDefinitionOptions<Type extends string, Schema extends z.ZodType> {
  /** Names it in stored jobs and in the log; must never change. */
  readonly type: Type;
  /** Checked when the notification is made and again when a worker revives it. Synchronous. */
  readonly payload: Schema;
  readonly channels: MessageRenderers<z.output<Schema>>;
  /** Which of its channels to use. @default all */
  readonly via?: (
    context: NotificationContext<z.output<Schema>>,
  ) => readonly ChannelName[] | Promise<readonly ChannelName[]>;
  /** `true` to send, `false` or a reason not to; asked right before sending. @default true */
  readonly shouldSend?: (
    context: NotificationContext<z.output<Schema>>,
    channel: ChannelName,
  ) => boolean | string | Promise<boolean | string>;
  readonly priority?: NotificationPriority;
  /** Raise it when the payload changes shape, and write `upgrade`. @default 1 */
  readonly version?: number;
  /** Turns the payload of an older version into today's. */
  readonly upgrade?: (payload: unknown, fromVersion: number) => unknown;
  /** Payload keys whose values a log may show. @default none */
  readonly unmasked?: readonly string[];
}

/** Call it with a payload to make a notification; hand it to `manager.register` so that stored ones can be revived. */
export interface NotificationDefinition<Type extends string = string, Payload = unknown, Input = never> {
  /** @throws {TownKrierError} `NOTIFICATION_PAYLOAD_INVALID`, naming the fields that are wrong. */
  (payload: Input): TypedNotification<Payload>;
  readonly type: Type;
  /** The class its notifications are instances of. */
  readonly notificationClass: NotificationClass<TypedNotification<Payload>>;
}

/**
 * Defines a notification by its payload and one function a channel.
 *
 * @example
 * const commentPosted = defineNotification({
 *   type: 'comment.posted',
 *   payload: z.object({ author: z.string() }),
 *   channels: { email: ({ payload }) => ({ subject: `${payload.author} replied`, text: '…' }) },
 * });
 * await manager.send(commentPosted({ author: 'Ada' }), { email: 'bob@example.com' });
 */
export function defineNotification<const Type extends string, Schema extends z.ZodType>(
  options: NotificationDefinitionOptions<Type, Schema>,
): NotificationDefinition<Type, z.output<Schema>, z.input<Schema>> {
  const { version = 1, upgrade, unmasked = [], priority, via, shouldSend, channels } = options;

  class Defined extends Notification.of(options.type, options.payload) {
    static override readonly version = version;
    static override readonly unmasked = unmasked;

    static override upgrade(payload: unknown, fromVersion: number): unknown {
      return upgrade === undefined ? payload : upgrade(payload, fromVersion);
    }

    constructor(payload: z.input<Schema>) {
      super(payload);
      if (priority !== undefined) this.priority = priority;
    }

    via(recipient: Notifiable): readonly ChannelName[] | Promise<readonly ChannelName[]> {
      return via === undefined ? Object.keys(channels) : via({ payload: this.payload, recipient });
    }

    override shouldSend(
      recipient: Notifiable,
      channel: ChannelName,
    ): boolean | string | Promise<boolean | string> {
      return shouldSend === undefined ? true : shouldSend({ payload: this.payload, recipient }, channel);
    }
  }

  for (const [channel, render] of Object.entries(channels)) {
    if (render !== undefined) addRenderMethod(Defined.prototype, channel, render);
  }
  const create = (payload: z.input<Schema>): TypedNotification<z.output<Schema>> => new Defined(payload);
  return Object.assign(create, { type: options.type, notificationClass: Defined });
}

function addRenderMethod<Payload>(
  prototype: TypedNotification<Payload>,
  channel: ChannelName,
  render: MessageRenderer<Payload, unknown>,
): void {
  Object.defineProperty(prototype, renderMethodName(channel), {
    value(this: TypedNotification<Payload>, recipient: Notifiable) {
      return render({ payload: this.payload, recipient });
    },
  });
}
