import { describe, expect, it } from 'vitest';
import { createRecipientHasher, normaliseAddress } from './recipient-hash.ts';

describe('one address has one spelling', () => {
  it.each([
    ['Ada@Example.COM', 'ada@example.com'],
    ['  ada@example.com\n', 'ada@example.com'],
    ['Ada Lovelace <ada@example.com>', 'ada@example.com'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@BÜCHER.example', 'ada@xn--bcher-kva.example'],
    ['u\u0308mit@example.com', 'ümit@example.com'],
    ['ada＠example.com', 'ada@example.com'],
    ['"a@b"@example.com', '"a@b"@example.com'],
    ['+49 (151) 123-456.78', '+4915112345678'],
    ['0049 151 12345678', '+4915112345678'],
    ['tel:+49-151-12345678', '+4915112345678'],
    ['＋４９１５１１２３４５６７８', '+4915112345678'],
    ['0151 12345678', '015112345678'],
    ['user-42', 'user-42'],
    ['12-34', '12-34'],
    ['User-42', 'User-42'],
    ['', ''],
  ])('%j is %j', (address, expected) => {
    expect(normaliseAddress(address)).toBe(expected);
  });
});

describe('the hash of a recipient', () => {
  const hash = createRecipientHasher('a secret key of some length');

  it('is versioned, 128 bits long and tells nothing', () => {
    expect(hash('ada@example.com')).toMatch(/^r1:[\w-]{22}$/);
    expect(hash('ada@example.com')).not.toBe(hash('bob@example.com'));
  });

  it('is the same for all spellings of one address', () => {
    expect(hash('ADA@example.com')).toBe(hash('Ada <ada@example.com>'));
  });

  it('takes time in proportion to the address', () => {
    const started = performance.now();
    for (const text of [
      '<'.repeat(100_000),
      '@'.repeat(100_000),
      '+'.repeat(100_000),
      `${'9 '.repeat(50_000)}x`,
    ])
      hash(text);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
