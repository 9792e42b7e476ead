import { NotificationChannel } from '@townkrier/core';
import { ContentPrivacy } from '../notification-log.ts';
import { maskLocalPart } from './email.ts';
import { createMasker, type MaskingLevel } from './masker.ts';
import { maskPhone } from './phone.ts';
import { createTextView } from './text-view.ts';

const HIDDEN = '***';
/** Where the address stands in what a channel is handed, by channel. */
const ADDRESS_KEYS: Readonly<Record<string, readonly string[]>> = {
  [NotificationChannel.EMAIL]: ['email', 'address'],
  [NotificationChannel.SMS]: ['phone', 'number'],
  [NotificationChannel.PUSH]: ['deviceToken', 'token'],
  [NotificationChannel.IN_APP]: ['userId', 'id'],
};
const OTHER_KEYS = ['email', 'phone', 'deviceToken', 'userId', 'url', 'id', 'address'];

/**
 * One printable line for an address: `j***@example.com`, `+44*****12`, `fcm:…4f2a`. `public` shows the address itself (but never a whole device token, which
 * gives access to a device), `private` nothing. Display names are left out. What is no address at all gives `***`; no value gives `''`.
 */
export function maskAddress(channel: string, address: unknown, level: MaskingLevel): string {
  const text = addressText(channel, address);
  if (level === ContentPrivacy.PRIVATE || text === null) return '';
  if (channel === NotificationChannel.PUSH) return maskDeviceToken(text);
  if (level === ContentPrivacy.PUBLIC) return createMasker({ level }).maskText(text);
  if (channel === NotificationChannel.EMAIL) return maskEmailAddress(text);
  if (channel === NotificationChannel.SMS) return maskPhoneAddress(text);
  return maskOther(text);
}

function maskEmailAddress(text: string): string {
  const inner = /<([^<>]*)>\s*$/.exec(text)?.[1] ?? text;
  const at = inner.lastIndexOf('@');
  if (at < 1) return HIDDEN;
  return inner.slice(0, at).endsWith(HIDDEN) ? inner : maskLocalPart(inner.slice(0, at)) + inner.slice(at);
}

function maskPhoneAddress(text: string): string {
  const { text: folded } = createTextView(text);
  const digits = folded.replaceAll(/\D/g, '');
  if (digits.length < 5) return text.includes(HIDDEN) ? text : HIDDEN;
  return maskPhone(digits, folded.trimStart().startsWith('+'));
}

function maskDeviceToken(text: string): string {
  if (text.includes('…')) return text;
  const service = /^[0-9a-f]{64}$/i.test(text) ? 'apns' : text.startsWith('http') ? 'web' : 'fcm';
  return text.length < 12 ? `${service}:…` : `${service}:…${text.slice(-4)}`;
}

/** An address of another kind is masked by what it looks like; what looks like nothing known keeps its last two characters when it is long enough. */
function maskOther(text: string): string {
  const masked = createMasker({ level: ContentPrivacy.MASKED }).maskText(text);
  if (masked !== text || text.startsWith(HIDDEN) || /^https?:/.test(text)) return masked;
  return text.length >= 8 ? `${HIDDEN}${text.slice(-2)}` : HIDDEN;
}

function addressText(channel: string, address: unknown): string | null {
  if (typeof address === 'string') return address === '' ? null : address;
  if (typeof address === 'number' || typeof address === 'bigint') return String(address);
  if (typeof address !== 'object' || address === null) return null;
  for (const key of [...(ADDRESS_KEYS[channel] ?? []), ...OTHER_KEYS]) {
    const value = readOwn(address, key);
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number') return String(value);
  }
  return HIDDEN;
}

function readOwn(target: object, key: string): unknown {
  try {
    return Object.hasOwn(target, key) ? Reflect.get(target, key) : undefined;
  } catch {
    return undefined;
  }
}
