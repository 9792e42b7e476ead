import { expect, it } from 'vitest';
import { recipientText } from './recipient-text.ts';

it.each([
  ['email', 'ada@example.com', 'ada@example.com'],
  ['email', { email: 'ada@example.com', name: 'Ada' }, 'ada@example.com'],
  ['sms', { phone: '+4915112345678' }, '+4915112345678'],
  ['push', { deviceToken: 'token', userId: 'u1' }, 'token'],
  ['in_app', { userId: 'u1', email: 'ada@example.com' }, 'u1'],
  ['in_app', { userId: 42 }, '42'],
  ['telegram', { chat: 'c1' }, '{"chat":"c1"}'],
  ['telegram', { userId: 'u1' }, 'u1'],
  ['telegram', 7, '7'],
])('an address of %s given as %j is %j', (channel, address, expected) => {
  expect(recipientText(channel, address)).toBe(expected);
});
