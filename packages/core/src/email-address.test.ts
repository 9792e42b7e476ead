import { describe, expect, test } from 'vitest';
import { formatEmailAddress, parseEmailAddress } from './email-address.ts';
import { TownKrierError } from './errors.ts';

describe('an e-mail address that is taken', () => {
  test.each([
    ['ada@example.com', { email: 'ada@example.com' }],
    ['  ada@example.com ', { email: 'ada@example.com' }],
    ['ada+tag.x@mail.example.co.uk', { email: 'ada+tag.x@mail.example.co.uk' }],
    ['dev@localhost', { email: 'dev@localhost' }],
    ['Ada Lovelace <ada@example.com>', { email: 'ada@example.com', name: 'Ada Lovelace' }],
    ['"Lovelace, Ada" <ada@example.com>', { email: 'ada@example.com', name: 'Lovelace, Ada' }],
    ['Acme Inc. <ada@example.com>', { email: 'ada@example.com', name: 'Acme Inc.' }],
    ['<ada@example.com>', { email: 'ada@example.com' }],
    [{ email: 'ada@example.com' }, { email: 'ada@example.com' }],
    [
      { email: 'ada@example.com', name: 'Ada' },
      { email: 'ada@example.com', name: 'Ada' },
    ],
    [{ email: 'ada@example.com', name: ' ' }, { email: 'ada@example.com' }],
    ['jürgen@example.com', { email: 'jürgen@example.com' }],
    ['ada@bücher.example', { email: 'ada@xn--bcher-kva.example' }],
  ])('%j', (given, expected) => {
    expect(parseEmailAddress(given)).toEqual(expected);
  });
});

describe('an e-mail address that is refused', () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 42],
    ['an empty text', ''],
    ['no @', 'ada.example.com'],
    ['nothing before the @', '@example.com'],
    ['nothing after the @', 'ada@'],
    ['a line break', 'ada@example.com\r\nBcc: eve@example.org'],
    ['a NUL', 'ada\0@example.com'],
    ['a line separator', 'ada\u2028@example.com'],
    ['a line break in the name', { email: 'ada@example.com', name: 'Ada\nBcc: eve@example.org' }],
    ['a list', 'ada@example.com, eve@example.org'],
    ['a list with a name', 'ada@example.com, Eve <eve@example.org>'],
    ['a list with semicolons', 'ada@example.com;eve@example.org'],
    ['a group', 'Friends: ada@example.com, eve@example.org;'],
    ['a quoted local part', '"ada"@example.com'],
    ['an @ in a quoted local part', '"eve@example.org"@example.com'],
    ['a second @', 'ada@example.org@example.com'],
    ['a comment', 'ada(comment)@example.com'],
    ['a space inside', 'ada lovelace@example.com'],
    ['a dot at the end of the local part', 'ada.@example.com'],
    ['two dots', 'ada..l@example.com'],
    ['an empty label', 'ada@example..com'],
    ['a label that begins with a hyphen', 'ada@-example.com'],
    ['an underscore in the domain', 'ada@exa_mple.com'],
    ['a bracketed domain', 'ada@[127.0.0.1]'],
    ['a full stop of another script in the domain', 'ada@example。com'],
    ['65 bytes before the @', `${'a'.repeat(65)}@example.com`],
    ['255 bytes', `ada@${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.example`],
    ['a name that is no text', { email: 'ada@example.com', name: 42 }],
  ])('%s', (_what, given) => {
    expect(() => parseEmailAddress(given)).toThrow(
      expect.objectContaining({ code: 'CHANNEL_ADDRESS_INVALID' }),
    );
  });

  test('its error says what is wrong without repeating the address', () => {
    try {
      parseEmailAddress('"eve@example.org"@example.com');
      expect.unreachable();
    } catch (error) {
      expect(TownKrierError.is(error) && error.message).toBe(
        'The e-mail address has characters before the @ that are not allowed.',
      );
    }
  });
});

describe('an e-mail address in a header', () => {
  test.each([
    [{ email: 'ada@example.com' }, 'ada@example.com'],
    [{ email: 'ada@example.com', name: 'Ada Lovelace' }, 'Ada Lovelace <ada@example.com>'],
    [{ email: 'ada@example.com', name: 'Lovelace, Ada' }, '"Lovelace, Ada" <ada@example.com>'],
    [{ email: 'ada@example.com', name: 'Ada "the\\first"' }, '"Ada \\"the\\\\first\\"" <ada@example.com>'],
  ])('%j is written %s and reads back the same', (address, text) => {
    expect(formatEmailAddress(address)).toBe(text);
    expect(parseEmailAddress(text)).toEqual(address);
  });
});
