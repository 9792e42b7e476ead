import type { ChannelName } from '@townkrier/core';

/** The fields an address of each channel is known by; then those of any channel. */
const ADDRESS_FIELDS: Readonly<Record<string, readonly string[]>> = {
  email: ['email', 'address'],
  sms: ['phone', 'number'],
  push: ['deviceToken', 'token'],
  in_app: ['userId', 'id'],
  database: ['userId', 'id'],
  slack: ['channel', 'webhookUrl', 'url'],
  webhook: ['url'],
};
const ANY_FIELD = ['email', 'phone', 'deviceToken', 'userId', 'url', 'address', 'id'];

/** The address as one text, from whatever shape the recipient gave it in. An unknown shape becomes its JSON, so that it is still hashed and masked. */
export function recipientText(channel: ChannelName, address: unknown): string {
  if (typeof address === 'string') return address;
  if (typeof address !== 'object' || address === null) return String(address);
  for (const field of [...(ADDRESS_FIELDS[channel] ?? []), ...ANY_FIELD]) {
    const value: unknown = Reflect.get(address, field);
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number') return String(value);
  }
  return JSON.stringify(address) ?? '';
}

/** Whether a recipient's text is the JSON of an address of unknown shape. Nobody can tell which part of one may be shown. */
export function isUnknownShape(recipient: string): boolean {
  return recipient.startsWith('{') || recipient.startsWith('[');
}
