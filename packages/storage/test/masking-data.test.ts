import { describe, expect, it } from 'vitest';
import { maskAddress, maskData } from '../src/masking/index.ts';

const mask = (value: unknown) => maskData(value, { level: 'masked' });

describe('masking data', () => {
  it('masks keys and values at any depth', () => {
    expect(
      mask({ 'ada.l@example.com': [{ note: 'call +44 7700 900123' }], count: 3, ok: true, none: null }),
    ).toEqual({
      'a***@example.com': [{ note: 'call +44*****23' }],
      count: 3,
      ok: true,
      none: null,
    });
  });

  it.each([
    'password',
    'user_passwd',
    'mysql_pwd',
    'apiKey',
    'X-Api-Key',
    'private_key',
    'clientSecret',
    'accessToken',
    'authorization',
    'auth',
    'bearer',
    'credentials',
    'stripe_key',
    'crypt_key',
    'salt',
    'certificate',
    'otp',
    'userOtp',
    'ssn',
    'cvv',
    'cvc',
    'passw',
    'secret',
    'cookie',
  ])('hides whatever stands under the key %s, at level public too', (key) => {
    expect(mask({ [key]: { nested: 1 } })).toEqual({ [key]: '[secret]' });
    expect(maskData({ [key]: 12 }, { level: 'public' })).toEqual({ [key]: '[secret]' });
  });

  it.each(['author', 'footprint', 'monkey', 'idempotencyKey', 'tokens', 'panel', 'description'])(
    'shows what stands under the key %s',
    (key) => {
      expect(mask({ [key]: 'plain' })).toEqual({ [key]: 'plain' });
    },
  );

  it('hides a code under a key for codes, not an error code', () => {
    expect(mask({ code: '482913', loginCode: 482913, errorCode: '482913' })).toMatchObject({
      code: '******',
      loginCode: '******',
    });
    expect(mask({ code: 'CHANNEL_REJECTED', statusCode: 404 })).toEqual({
      code: 'CHANNEL_REJECTED',
      statusCode: 404,
    });
  });

  it('hides names and addresses by their keys', () => {
    expect(
      mask({ firstName: 'Ada', email: 'ada.l@example.com', street: '1 High Street', name: 'weekly digest' }),
    ).toEqual({
      firstName: '***',
      email: 'a***@example.com',
      street: '***',
      name: 'weekly digest',
    });
  });

  it('turns what JSON lacks into JSON', () => {
    const date = new Date('2025-03-14T09:30:00Z');
    expect(
      mask([
        new Map([['a', 1]]),
        new Set([2]),
        date,
        10n,
        Buffer.from('abc'),
        undefined,
        () => 1,
        Symbol('s'),
        Number.NaN,
      ]),
    ).toEqual([{ a: 1 }, [2], '2025-03-14T09:30:00.000Z', '10', '[3 bytes]', null, null, null, null]);
  });

  it('keeps moments as numbers and hides numbers of phones and cards', () => {
    expect(mask([1_742_000_000, 1_742_000_000_123, 447_700_900_123, 4_111_111_111_111_111])).toEqual([
      1_742_000_000,
      1_742_000_000_123,
      '[number]',
      '[card ****1111]',
    ]);
  });

  it('keeps message, cause and parts of an error, masked, without its stack', () => {
    const error = new AggregateError([new Error('to ada.l@example.com')], 'all failed', {
      cause: new TypeError('x'),
    });
    expect(mask(error)).toEqual({
      name: 'AggregateError',
      message: 'all failed',
      cause: { name: 'TypeError', message: 'x' },
      errors: [{ name: 'Error', message: 'to a***@example.com' }],
    });
  });

  it('marks a cycle, and shows an object twice that only occurs twice', () => {
    const shared = { a: 1 };
    const cycle: Record<string, unknown> = { first: shared, second: shared };
    cycle['self'] = cycle;
    expect(mask(cycle)).toEqual({ first: { a: 1 }, second: { a: 1 }, self: '[circular]' });
  });

  it('cuts what is too deep, too many or too long', () => {
    let deep: unknown = 'end';
    for (let level = 0; level < 100; level++) deep = [deep];
    expect(JSON.stringify(mask(deep))).toContain('[truncated]');
    const many = mask(Array.from({ length: 20_000 }, () => 1)) as unknown[]; // A list stays a list.
    expect(many.length).toBeLessThanOrEqual(10_001);
    expect(many.at(-1)).toBe('[truncated]');
    expect(mask({ long: 'a '.repeat(200_000), after: 'x' })).toMatchObject({ long: '[truncated]' });
  });

  it('calls a getter once, and survives one that throws', () => {
    let calls = 0;
    const value = {
      get counted() {
        return ++calls;
      },
      get broken(): string {
        throw new Error('no');
      },
    };
    expect(mask(value)).toEqual({ counted: 1, broken: '[unreadable]' });
    expect(calls).toBe(1);
  });

  it('survives a proxy that throws at everything', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
        ownKeys: () => {
          throw new Error('no');
        },
        getPrototypeOf: () => {
          throw new Error('no');
        },
      },
    );
    expect(mask({ hostile })).toEqual({ hostile: '[unreadable]' });
  });

  it('carries no prototype over', () => {
    const masked = mask(
      JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"a":1}'),
    );
    expect(masked).toEqual({ a: 1 });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('keeps apart what two keys held that are masked alike', () => {
    expect(mask({ 'ada.l@example.com': 1, 'abe.l@example.com': 2 })).toEqual({
      'a***@example.com': 1,
      'a***@example.com (2)': 2,
    });
  });

  it('does not change its input', () => {
    const value = Object.freeze({ list: Object.freeze(['ada@example.com']) });
    mask(value);
    expect(value).toEqual({ list: ['ada@example.com'] });
  });

  it('keeps only the kind of a value at level private', () => {
    const options = { level: 'private' } as const;
    expect([{ a: 1 }, [1], 'x', 1].map((value) => maskData(value, options))).toEqual([{}, [], '', null]);
  });
});

describe('masking an address', () => {
  it.each([
    ['email', { email: 'john@example.com', name: 'John Doe' }, 'j***@example.com'],
    ['email', 'John Doe <jo@example.com>', '***@example.com'],
    ['email', 'no address', '***'],
    ['sms', { phone: '+447700900112' }, '+44*****12'],
    ['sms', '07700 900112', '*****12'],
    ['sms', { phone: '123' }, '***'],
    ['push', { deviceToken: 'fGx1kZ9TQe2mR7wLp0Vb4N:APA91bExample4f2a', userId: 'u1' }, 'fcm:…4f2a'],
    ['push', `${'a'.repeat(60)}0123`, 'apns:…0123'],
    ['in_app', { userId: 'user-10045872' }, '***72'],
    ['in_app', { userId: 'u1' }, '***'],
    ['in_app', { userId: 'ada.l@example.com' }, 'a***@example.com'],
    [
      'webhook',
      'https://hooks.example.com/services/T00/aB3xK9Q2z?key=1',
      'https://hooks.example.com/services/T00/***?key=***',
    ],
    ['telegram', { chatId: 7 }, '***'],
    ['email', null, ''],
    ['email', '', ''],
  ])('shows %s address %j as %s', (channel, address, expected) => {
    expect(maskAddress(channel, address, 'masked')).toBe(expected);
  });

  it('shows the address at level public, but for a device token, and nothing at level private', () => {
    expect(maskAddress('email', { email: 'john@example.com' }, 'public')).toBe('john@example.com');
    expect(maskAddress('push', { deviceToken: 'fGx1kZ9TQe2mR7wLp0Vb4N' }, 'public')).toBe('fcm:…Vb4N');
    expect(maskAddress('email', { email: 'john@example.com' }, 'private')).toBe('');
  });

  it('changes nothing when it is applied to its own output', () => {
    for (const [channel, address] of [
      ['email', 'john@example.com'],
      ['email', 'al@example.com'],
      ['sms', '+447700900112'],
      ['push', 'a'.repeat(64)],
      ['in_app', 'user-10045872'],
    ] as const) {
      const once = maskAddress(channel, address, 'masked');
      expect(maskAddress(channel, once, 'masked')).toBe(once);
    }
  });
});
