import { createHmac } from 'node:crypto';
import { type ChannelName, NotificationChannel } from './notification-channel.ts';

/**
 * Keys the HMAC where the app gives no secret. It is public, so keys made with it do not hide an address from somebody who can guess it;
 * set `idempotencySecret` where keys leave your control. Changing the secret changes every key.
 */
export const DEFAULT_IDEMPOTENCY_SECRET = 'townkrier';

/** What names a delivery for ever. */
export interface IdempotencyKeyParts {
  /** The key of the send: the app's own, or the notification's id. */
  readonly sendKey: string;
  readonly channel: ChannelName;
  readonly address: unknown;
}

/** 43 url-safe characters: the HMAC-SHA-256 of send, channel and address. The same parts always give the same key. */
export function createIdempotencyKey(parts: IdempotencyKeyParts, secret: string): string {
  const text = JSON.stringify([parts.sendKey, parts.channel, canonicalAddress(parts.channel, parts.address)]);
  return createHmac('sha256', secret).update(text).digest('base64url');
}

/** The field of an address that says where it leads; the others (a display name) may change without making it another address. */
const IDENTIFYING_FIELD: Readonly<Record<string, string>> = {
  [NotificationChannel.EMAIL]: 'email',
  [NotificationChannel.SMS]: 'phone',
  [NotificationChannel.PUSH]: 'deviceToken',
  [NotificationChannel.IN_APP]: 'userId',
};

function canonicalAddress(channel: ChannelName, address: unknown): string {
  const field = IDENTIFYING_FIELD[channel];
  const identity =
    field !== undefined && typeof address === 'object' && address !== null
      ? Reflect.get(address, field)
      : address;
  if (typeof identity !== 'string') return canonicalText(address, 0);
  const trimmed = identity.trim();
  return channel === NotificationChannel.EMAIL ? trimmed.toLowerCase() : trimmed;
}

const DEEPEST = 32;

/** A text that is equal for equal data, whatever the order of its keys. Functions and symbols do not count. */
function canonicalText(value: unknown, depth: number): string {
  if (typeof value !== 'object' || value === null) return `${typeof value}:${String(value)}`;
  if (depth > DEEPEST) return 'deeper';
  if (value instanceof Date) return `date:${value.getTime()}`;
  if (value instanceof Uint8Array) return `bytes:${Buffer.from(value).toString('base64')}`;
  if (Array.isArray(value)) return `[${value.map((item) => canonicalText(item, depth + 1)).join(',')}]`;
  if (value instanceof Map || value instanceof Set) return canonicalText([...value], depth);
  const fields = Object.entries(value)
    .filter(([, item]) => typeof item !== 'function' && typeof item !== 'symbol')
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item, depth + 1)}`);
  return `{${fields.join(',')}}`;
}
