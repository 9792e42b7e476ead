import { expect, test } from 'vitest';
import { createIdempotencyKey } from './idempotency-key.ts';

function keyOf(address: unknown, channel = 'email', sendKey = 'send-1', secret = 'secret'): string {
  return createIdempotencyKey({ sendKey, channel, address }, secret);
}

test('a key is 43 url-safe characters and always the same', () => {
  expect(keyOf('ada@example.com')).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(keyOf('ada@example.com')).toBe(keyOf('ada@example.com'));
});

test('a key never changes between versions', () => {
  expect(keyOf('ada@example.com')).toBe('mW4sc5djJylz-hR9cpx2N2eTVeg3qb81ylgJcaoUkY8');
});

test('send, channel, address and secret each make another key', () => {
  const all = [
    keyOf('a@example.com'),
    keyOf('b@example.com'),
    keyOf('a@example.com', 'sms'),
    keyOf('a@example.com', 'email', 'send-2'),
    keyOf('a@example.com', 'email', 'send-1', 'other'),
  ];
  expect(new Set(all).size).toBe(all.length);
});

test('the same mailbox has one key however it is written', () => {
  const key = keyOf('ada@example.com');
  expect(keyOf({ email: 'ada@example.com' })).toBe(key);
  expect(keyOf({ email: ' Ada@Example.com ', name: 'Ada' })).toBe(key);
});

test('the order of keys does not matter, their values do', () => {
  expect(keyOf({ url: 'x', token: 'y' }, 'webhook')).toBe(keyOf({ token: 'y', url: 'x' }, 'webhook'));
  expect(keyOf({ url: 'x', token: 'y' }, 'webhook')).not.toBe(keyOf({ url: 'x', token: 'z' }, 'webhook'));
});

test('addresses of other shapes do not collide', () => {
  const addresses = [
    1,
    '1',
    [1],
    ['1'],
    { a: 1 },
    { a: '1' },
    new Map([['a', 1]]),
    new Set(['a']),
    new Date(1),
    null,
  ];
  expect(new Set(addresses.map((address) => keyOf(address, 'custom'))).size).toBe(addresses.length);
});

test('a cycle in an address ends', () => {
  const address: Record<string, unknown> = {};
  address['self'] = address;
  expect(keyOf(address, 'custom')).toHaveLength(43);
});
