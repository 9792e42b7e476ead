import { decodeValue } from './codec.ts';
import { CoreErrorCode, TownKrierError } from './errors.ts';
import type { Notification } from './notification.ts';
import type { ChannelName } from './notification-channel.ts';
import { isTyped } from './notification-registry.ts';
import { collectPersonalFields } from './personal-values.ts';
import type { Notifiable } from './recipient.ts';
import { renderMessage } from './render-message.ts';
import type { StoredContent } from './stored-notification.ts';

/** Fields of every notification, written to the log on purpose. */
const SHOWN_FIELDS: readonly string[] = ['priority', 'reference', 'metadata'];

/** What the deliveries of one notification ask it for, whether it is here as an instance or only its messages are. */
export interface NotificationContent {
  /** Why not to send on a channel; `null` to send. */
  decline(channel: ChannelName): Promise<string | null>;
  /** The message for a channel. */
  render(channel: ChannelName): Promise<unknown>;
  /** Adds the texts that a log must mask. */
  collectPersonalValues(into: Set<string>): void;
}

/** The content of an instance: rendered when asked, once a channel however many addresses it has. */
export class LiveContent implements NotificationContent {
  readonly #notification: Notification;
  readonly #recipient: Notifiable;
  readonly #unmasked: readonly string[];
  readonly #messages = new Map<ChannelName, Promise<unknown>>();
  readonly #declines = new Map<ChannelName, Promise<string | null>>();

  constructor(notification: Notification, recipient: Notifiable, unmasked: readonly string[] = []) {
    this.#notification = notification;
    this.#recipient = recipient;
    this.#unmasked = unmasked;
  }

  decline(channel: ChannelName): Promise<string | null> {
    return memoized(this.#declines, channel, () =>
      askShouldSend(this.#notification, this.#recipient, channel),
    );
  }

  render(channel: ChannelName): Promise<unknown> {
    return memoized(this.#messages, channel, () =>
      blamed(this.#notification, channel, () => renderMessage(this.#notification, channel, this.#recipient)),
    );
  }

  collectPersonalValues(into: Set<string>): void {
    const fields = Object.fromEntries(
      Object.entries(this.#notification).filter(([name]) => !SHOWN_FIELDS.includes(name)),
    );
    const { payload, ...others } = fields;
    const hasPayload = isTyped(this.#notification) && isObject(payload);
    collectPersonalFields(hasPayload ? payload : { payload }, this.#unmasked, into);
    collectPersonalFields(others, this.#unmasked, into);
  }
}

/** The content of a class nobody registered: messages rendered when it was stored. */
export class RenderedContent implements NotificationContent {
  readonly #content: Extract<StoredContent, { kind: 'messages' }>;

  constructor(content: Extract<StoredContent, { kind: 'messages' }>) {
    this.#content = content;
  }

  async decline(channel: ChannelName): Promise<string | null> {
    return this.#content.skipped?.[channel] ?? null;
  }

  async render(channel: ChannelName): Promise<unknown> {
    const message = this.#content.messages[channel];
    if (message === undefined) {
      throw new TownKrierError(`No message was stored for channel "${channel}".`, {
        code: CoreErrorCode.MESSAGE_MISSING,
      });
    }
    return decodeValue(message);
  }

  collectPersonalValues(into: Set<string>): void {
    for (const text of this.#content.personalValues ?? []) into.add(text);
  }
}

async function askShouldSend(
  notification: Notification,
  recipient: Notifiable,
  channel: ChannelName,
): Promise<string | null> {
  if (notification.shouldSend === undefined) return null;
  const answer = await blamed(notification, channel, async () =>
    notification.shouldSend?.(recipient, channel),
  );
  if (answer === false || answer === '') return 'shouldSend returned false';
  return typeof answer === 'string' ? answer : null;
}

/** Runs code of the notification; an error of its own becomes `MESSAGE_RENDER_FAILED`, so that whoever reads it knows whose it is. */
async function blamed<Value>(
  notification: Notification,
  channel: ChannelName,
  run: () => Promise<Value>,
): Promise<Value> {
  try {
    return await run();
  } catch (error) {
    if (TownKrierError.is(error)) throw error;
    const name = error instanceof Error ? error.name : typeof error;
    throw new TownKrierError(
      `Notification ${notification.constructor.name} threw a ${name} while its message for channel "${channel}" was made; see the cause.`,
      { code: CoreErrorCode.MESSAGE_RENDER_FAILED, cause: error },
    );
  }
}

function memoized<Value>(
  promises: Map<ChannelName, Promise<Value>>,
  channel: ChannelName,
  make: () => Promise<Value>,
): Promise<Value> {
  let promise = promises.get(channel);
  if (promise === undefined) {
    promise = make();
    promises.set(channel, promise);
  }
  return promise;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
