import { describe, expect, it } from 'vitest';
import { maskText } from '../src/masking/index.ts';

const mask = (text: string, personalValues: readonly string[] = []) =>
  maskText(text, { level: 'masked', personalValues });
const maskPublic = (text: string) => maskText(text, { level: 'public' });

describe('masking a text', () => {
  it.each([
    [
      'an address keeps its first letter and its domain',
      'to ada.lovelace@example.com.',
      'to a***@example.com.',
    ],
    ['a local part of two letters keeps none', 'to al@example.com', 'to ***@example.com'],
    ['a quoted local part is hidden whole', '"jane doe"@example.com', 'j***@example.com'],
    ['a full-width at sign is one', 'hanako＠example.jp', 'h***@example.jp'],
    ['a version of a package is no address', 'react@18.2.0', 'react@18.2.0'],
    ['a phone number keeps its country and two digits', 'call +44 7700 900123', 'call +44*****23'],
    ['a number without a country keeps two digits', 'call 07700 900123', 'call *****23'],
    ['a number in brackets is no span of years', 'reach (19) 1975-2013', 'reach *****13'],
    ['an extension goes with its number', 'call +1-202-555-0178 ext. 204.', 'call +1*****78.'],
    ['digits of other scripts are digits', 'هاتف ٠٥٠ ١٢٣ ٤٥٦٧', 'هاتف *****67'],
    ['a card keeps four digits', '4242 4242 4242 4242', '[card ****4242]'],
    ['digits like a card with a wrong checksum keep none', '4242 4242 4242 4241', '[number]'],
    ['an iban keeps its country and two characters', 'DE89 3704 0044 0532 0130 00', 'DE**…**00'],
    ['an iban with a wrong checksum is one too', 'GB00 NWBK 6016 1331 9268 19', 'GB**…**19'],
    ['words after an iban stay', 'DE89 3704 0044 0532 0130 00 bis zum 1. Mai', 'DE**…**00 bis zum 1. Mai'],
    ['an IPv4 address keeps its network', 'from 203.0.113.77', 'from 203.0.113.x'],
    ['an IPv6 address keeps its network', 'from 2001:db8:85a3::8a2e:370:7334', 'from 2001:db8:85a3::x'],
    ['a mapped IPv4 address keeps its network', 'from ::ffff:192.0.2.33', 'from ::ffff:192.0.2.x'],
    ['a social security number keeps nothing', 'SSN 219-09-9999', 'SSN [id]'],
    [
      'a link keeps its host and static path',
      'https://example.com/reset?token=abc&x=1#top',
      'https://example.com/reset?token=***&x=***#***',
    ],
    ['the user of a link is hidden', 'ftp://ada:secret@example.com/a', 'ftp://***@example.com/a'],
    ['a random part of a path is hidden', 'exmpl.test/r/aB3xK9Q2z', 'exmpl.test/r/***'],
  ])('%s', (_, text, expected) => {
    expect(mask(text)).toBe(expected);
  });

  it.each([
    'Order #10045872 of 14.03.2025, 1.249,00 €',
    'Version 10.0.19045.4291 since 2025-03-14 09:30:00',
    'ISBN 978-3-16-148410-0',
    'From 2019-2023, 1 200 000 visitors',
    'Latitude 52.520008, longitude 13.404954',
    '224 4966 Bond Street',
    'promo code 2025, SAVE2025',
    'open 0900-1700',
    'see section 4.2.1.3',
    'https://blog.example.com/2025/03/how-we-test',
  ])('leaves %j as it is', (text) => {
    expect(mask(text)).toBe(text);
  });

  it('hides a one-time code before and after its trigger word', () => {
    expect(mask('Your code is 482913.')).toBe('Your code is ******.');
    expect(mask('482913 is your code.')).toBe('****** is your code.');
  });

  it('takes a year for a code only right after a trigger word', () => {
    expect(mask('PIN: 2025')).toBe('PIN: ******');
    expect(mask('12 access codes in 2025')).toBe('12 access codes in 2025');
  });

  it('hides a password in a sentence when it has a digit', () => {
    expect(mask('Your password is hunter2')).toBe('Your password is [secret]');
    expect(mask('Your password is required')).toBe('Your password is required');
  });

  it('does not tell the length of what it hides', () => {
    expect(mask('password: ab1!')).toBe(mask('password: ab1!ab1!ab1!ab1!'));
    expect(mask('code 4829')).toBe(mask('code 48291377'));
    expect(mask('x', ['x'])).toBe('***');
  });

  it('hides only what gives access at level public', () => {
    expect(maskPublic('ada@example.com, +44 7700 900123, code 482913')).toBe(
      'ada@example.com, +44 7700 900123, code ******',
    );
    expect(maskPublic('https://example.com/sale?utm_source=mail&token=abc')).toBe(
      'https://example.com/sale?utm_source=mail&token=***',
    );
    expect(maskPublic('Bearer abcdefgh12345678, key AKIAIOSFODNN7EXAMPLE')).toBe(
      'Bearer [secret], key [secret]',
    );
    expect(maskPublic('card 4111 1111 1111 1111, CVV 737')).toBe('card [card ****1111], CVV ******');
  });

  it('hides each number of a list, however long', () => {
    const cards = Array.from({ length: 40 }, () => '4111111111111111');
    expect(maskPublic(cards.join(' '))).toBe(cards.map(() => '[card ****1111]').join(' '));
    const addresses = Array.from({ length: 40 }, (_, index) => `203.0.113.${index + 10}`);
    expect(mask(addresses.join(' '))).toBe(addresses.map(() => '203.0.113.x').join(' '));
    expect(mask('203.0.113.77 07700 900123')).toBe('203.0.113.x *****23');
  });

  it('hides a private key to its end, or to the end of the text', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nMIIexample\n-----END PRIVATE KEY-----';
    expect(maskPublic(`a ${key} b`)).toBe('a [secret] b');
    expect(maskPublic('a -----BEGIN PRIVATE KEY-----\nMIIexample')).toBe('a [secret]');
  });

  it('returns an empty text for an empty text, and at level private', () => {
    expect(mask('')).toBe('');
    expect(maskText('anything', { level: 'private' })).toBe('');
  });
});

describe('masking declared values', () => {
  it('finds them whatever their case, accents and white space', () => {
    expect(mask('JOSE\n  garcia, José García', ['José García'])).toBe('J***, J***');
  });

  it('finds them in entities, percent-encoding and forms', () => {
    expect(mask('Jos&eacute; Garc&#237;a', ['José García'])).toBe('J***');
    expect(mask('u/Ada%20Lovelace, Ada+Lovelace', ['Ada Lovelace'])).toBe('u/A***, A***');
  });

  it('finds a name part alone, as a word only', () => {
    expect(mask('Ada, Adagio', ['Ada Lovelace'])).toBe('A***, Adagio');
  });

  it('finds a short value as a word only, a longer one anywhere', () => {
    expect(mask('Bo in Boston', ['Bo'])).toBe('*** in Boston');
    expect(mask('preABC123post', ['ABC123'])).toBe('preA***post');
  });

  it('needs no word boundary where the script has none', () => {
    expect(mask('田中様、ご注文', ['田中'])).toBe('***様、ご注文');
  });

  it('hides them in the domain of an address as well', () => {
    expect(mask('info@lovelace.example', ['Ada Lovelace'])).not.toContain('lovelace');
  });

  it('ignores values without a letter or digit', () => {
    expect(mask('a - b', ['-', '', ' ', '***'])).toBe('a - b');
  });

  it('does not change the list it is given', () => {
    const values = Object.freeze(['Ada']);
    expect(mask('Ada', values)).toBe('A***');
  });
});

it('a row of codes before its trigger word is masked to the last, however many fit into its reach', () => {
  for (const codes of [2, 7, 8, 10]) {
    const text = `${'0000 '.repeat(codes - 1)}0000.code`;
    const once = maskText(text, { level: 'public', personalValues: [] });
    expect(once).not.toMatch(/\d/);
    expect(maskText(once, { level: 'public', personalValues: [] })).toBe(once);
  }
  const glued = '4111 0000 0000 00004111 0000 0000 0000.code ';
  const once = maskText(glued, { level: 'public', personalValues: [] });
  expect(maskText(once, { level: 'public', personalValues: [] })).toBe(once);
});
