import { CoreErrorCode, TownKrierError } from './errors.ts';
import type { Notification } from './notification.ts';
import type { ChannelName } from './notification-channel.ts';
import type { Notifiable } from './recipient.ts';

const methodNames = new Map<ChannelName, string>();

/** The method that renders for a channel: `to` and its name in PascalCase, `in_app` → `toInApp`. */
export function renderMethodName(channel: ChannelName): string {
  let name = methodNames.get(channel);
  if (name === undefined) {
    name = `to${channel
      .split(/[^\p{L}\p{N}]+/u)
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join('')}`;
    methodNames.set(channel, name);
  }
  return name;
}

/**
 * Calls the notification's `toX` for a channel.
 * @throws {TownKrierError} `MESSAGE_MISSING` when there is no such method or it returns nothing. What the method throws passes through.
 */
export async function renderMessage(
  notification: Notification,
  channel: ChannelName,
  recipient: Notifiable,
): Promise<unknown> {
  const name = renderMethodName(channel);
  const render: unknown = Reflect.get(notification, name);
  if (typeof render !== 'function') throw missingMessage(notification, channel, `it has no ${name}()`);
  const message: unknown = await render.call(notification, recipient);
  if (message === undefined || message === null) {
    throw missingMessage(notification, channel, `its ${name}() returned ${String(message)}`);
  }
  return message;
}

function missingMessage(notification: Notification, channel: ChannelName, why: string): TownKrierError {
  return new TownKrierError(
    `Notification ${notification.constructor.name} names channel "${channel}" but ${why}. Write ${renderMethodName(channel)}() to return the message.`,
    { code: CoreErrorCode.MESSAGE_MISSING },
  );
}
