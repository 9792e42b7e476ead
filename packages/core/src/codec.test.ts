import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeValue, encodeFields, encodeValue } from './codec.ts';
import { TownKrierError } from './errors.ts';

function roundTrip(value: unknown): unknown {
  return decodeValue(JSON.parse(JSON.stringify(encodeValue(value))));
}

/** Whether Node.js can tell that a copy is the same: 22 cannot where there is an invalid Date. */
function isComparable(value: unknown): boolean {
  return isDeepStrictEqual(structuredClone(value), value);
}

function refusalOf(value: unknown, path?: string): string {
  try {
    encodeValue(value, path === undefined ? {} : { path });
  } catch (error) {
    expect(TownKrierError.is(error, 'NOTIFICATION_NOT_STORABLE')).toBe(true);
    return error instanceof Error ? error.message : '';
  }
  throw new Error('Expected a refusal.');
}

describe('what is encoded comes back as it was', () => {
  const key = fc.oneof(
    fc.string(),
    fc.constantFrom('$type', 'value', '__proto__', 'constructor', 'toString'),
  );
  const anything = fc.anything({
    key,
    maxDepth: 4,
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
  });

  test('for any nesting of plain data, Date, Map, Set and bigint', () => {
    fc.assert(
      fc.property(anything.filter(isComparable), (value) => {
        assert.deepStrictEqual(roundTrip(value), value);
      }),
      { numRuns: 1_000 },
    );
  });

  test('for bytes, of either class and also of a view', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(8), (bytes, skipped) => {
        assert.deepStrictEqual(roundTrip(bytes), new Uint8Array(bytes));
        const view = new Uint8Array(bytes.buffer, Math.min(skipped, bytes.length));
        assert.deepStrictEqual(roundTrip(view), new Uint8Array(view));
        assert.deepStrictEqual(roundTrip(Buffer.from(bytes)), Buffer.from(bytes));
      }),
    );
  });

  test.each([
    ['undefined', undefined],
    ['NaN', Number.NaN],
    ['infinities', [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ['minus zero', -0],
    ['a date before 1970', new Date(-62_135_596_800_000)],
    ['an object that looks like a mark', { $type: 'date', value: 'soon' }],
    ['an object that looks like a wrapped one', { $type: 'object', value: { $type: 'undefined' } }],
    ['a map with objects as keys', new Map([[{ a: 1 }, new Set([1n])]])],
    ['lone surrogates', '\ud800'],
  ])('for %s', (_, value) => {
    assert.deepStrictEqual(roundTrip(value), value);
  });

  test('for an invalid date', () => {
    // Node.js 22 takes no two invalid dates for deeply equal.
    const revived = roundTrip(new Date(Number.NaN));
    assert.ok(revived instanceof Date && Number.isNaN(revived.getTime()));
  });

  test('a hole in an array becomes undefined', () => {
    const withHole = [1];
    withHole[2] = 3;
    assert.deepStrictEqual(roundTrip(withHole), [1, undefined, 3]);
  });

  test('an object that occurs twice becomes two', () => {
    const shared = { n: 1 };
    expect(roundTrip([shared, shared])).toEqual([{ n: 1 }, { n: 1 }]);
  });
});

test('a key named __proto__ stays a key', () => {
  const hostile: unknown = JSON.parse('{"__proto__":{"isAdmin":true},"$type":"x"}');
  const decoded = roundTrip(hostile);
  assert.ok(typeof decoded === 'object' && decoded !== null);
  expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
  expect(Reflect.get(decoded, 'isAdmin')).toBeUndefined();
  expect(Object.hasOwn(decoded, '__proto__')).toBe(true);
});

describe('what cannot be stored is refused with its path', () => {
  class Socket {}

  test.each([
    ['a function', { user: { notify: () => undefined } }, 'fields.user.notify'],
    ['a class instance', { user: { socket: new Socket() } }, 'fields.user.socket'],
    ['a symbol', { ids: [1, Symbol('x')] }, 'fields.ids[1]'],
    ['a promise', { later: Promise.resolve() }, 'fields.later'],
    ['an error', { cause: new Error('x') }, 'fields.cause'],
    ['a typed array', { floats: new Float32Array(2) }, 'fields.floats'],
    ['a value in a map', { byName: new Map([['ada', new Socket()]]) }, 'fields.byName<ada>'],
    ['an item of a set', { all: new Set([new Socket()]) }, 'fields.all<item 0>'],
  ])('%s', (_, value, path) => {
    expect(refusalOf(value, 'fields')).toContain(`${path} cannot be stored`);
  });

  test('a symbol as a key', () => {
    expect(refusalOf({ [Symbol('secret')]: 1 })).toContain('Symbol(secret)');
  });

  test('an accessor, without calling it', () => {
    let calls = 0;
    const value = {
      get now() {
        calls += 1;
        return 1;
      },
    };
    expect(refusalOf(value)).toContain('.now is an accessor');
    expect(calls).toBe(0);
  });

  test('a cycle', () => {
    const value: Record<string, unknown> = { name: 'a' };
    value['self'] = [value];
    expect(refusalOf(value)).toContain('value.self[0] cannot be stored: it contains itself');
  });

  test('33 levels, while 32 are fine', () => {
    const nest = (levels: number): unknown => (levels === 0 ? 1 : { in: nest(levels - 1) });
    assert.deepStrictEqual(roundTrip(nest(32)), nest(32));
    expect(refusalOf(nest(33))).toContain('deeper than 32 levels');
  });

  test('32 levels of maps can be read back', () => {
    const nest = (levels: number): unknown => (levels === 0 ? 1 : new Map([['in', nest(levels - 1)]]));
    assert.deepStrictEqual(roundTrip(nest(32)), nest(32));
  });

  test('too large a value, without building it all', () => {
    expect(refusalOf({ attachment: 'x'.repeat(1_048_576) })).toContain('larger than 1048576');
    expect(refusalOf(new Uint8Array(1_048_576))).toContain('larger than 1048576');
  });
});

describe('encodeFields', () => {
  test('takes the fields an instance has, whatever its class, without those named', () => {
    class Order {
      id = 7;
      secret = 'x';
      get total() {
        return 1;
      }
    }
    expect(encodeFields(new Order(), ['secret'])).toEqual({ id: 7 });
  });
});

describe('what encodeValue did not make is refused', () => {
  test.each([
    [{ $type: 'socket' }],
    [{ $type: 'bigint', value: '1; DROP' }],
    [{ $type: 'map', value: [1] }],
    [{ $type: 'set', value: 'x' }],
    [{ $type: 'buffer', value: 5 }],
    [{ $type: 'object', value: [] }],
  ])('%j', (encoded) => {
    expect(() => decodeValue(encoded)).toThrow(
      expect.objectContaining({ code: 'NOTIFICATION_PAYLOAD_INVALID' }),
    );
  });

  test('nesting without end', () => {
    const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`);
    expect(() => decodeValue(deep)).toThrow(
      expect.objectContaining({ code: 'NOTIFICATION_PAYLOAD_INVALID' }),
    );
  });
});
