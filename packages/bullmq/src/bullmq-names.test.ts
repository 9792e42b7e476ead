import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBullMqName, toBullMqName, toKeyField } from './bullmq-names.ts';

const anyName = fc.oneof(
  fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }),
  fc.string({ minLength: 1, maxLength: 10, unit: fc.constantFrom('~', '%', ':', '0', '1', 'a', '.') }),
);

describe('a name for BullMQ', () => {
  it.each(['default', 'e-mail', 'V1StGXR8_Z5jdHi6B-myT', 'mail.eu', 'job-1', '-x'])(
    'leaves %s as it is',
    (name) => {
      expect(toBullMqName(name)).toBe(name);
    },
  );

  it.each([
    'a:b',
    '42',
    'wait',
    'meta',
    '',
    '~x',
    '0:1',
    'a b',
    'ü',
    '\u0000',
    '{slot}',
    'a*',
    '.hidden',
    'townkrier',
  ])('writes %j so that BullMQ takes it for nothing of its own', (name) => {
    expect(toBullMqName(name)).toMatch(/^~[A-Za-z0-9_.%-]*$/);
    expect(fromBullMqName(toBullMqName(name))).toBe(name);
  });

  it('can be read back, whatever it is', () => {
    fc.assert(fc.property(anyName, (name) => fromBullMqName(toBullMqName(name)) === name));
  });

  it('reads back half of a pair of surrogates', () => {
    expect(fromBullMqName(toBullMqName('\ud83d'))).toBe('\ud83d');
    expect(toKeyField('\ud83d')).not.toBe(toKeyField('\ud83e'));
  });

  it('is different for different names', () => {
    fc.assert(
      fc.property(
        anyName,
        anyName,
        (one, other) => (one === other) === (toBullMqName(one) === toBullMqName(other)),
      ),
    );
  });

  it('is different for different keys', () => {
    fc.assert(
      fc.property(
        anyName,
        anyName,
        (one, other) => (one === other) === (toKeyField(one) === toKeyField(other)),
      ),
    );
  });
});
