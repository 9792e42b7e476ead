import { describe, expect, it } from 'vitest';
import { toFrozenJson } from './frozen-json.ts';

const freeze = (value: unknown, maxBytes = 1_000) => toFrozenJson(value, { what: 'payload', maxBytes });

describe('toFrozenJson', () => {
  it('copies, so that the giver cannot change what is stored', () => {
    const given = { list: [{ a: 1 }] };
    const copy = freeze(given);
    given.list.push({ a: 2 });
    expect(copy).toEqual({ list: [{ a: 1 }] });
  });

  it('freezes all the way down, so that a reader cannot either', () => {
    const copy = freeze({ list: [{ a: 1 }] });
    expect(() => Reflect.set(Object(copy).list[0], 'a', 2)).not.toThrow();
    expect(copy).toEqual({ list: [{ a: 1 }] });
  });

  it('leaves out what is undefined, as JSON does', () => {
    expect(Object.keys(Object(freeze({ a: undefined, b: null })))).toEqual(['b']);
  });

  it('keeps a property named __proto__ as data', () => {
    const copy = Object(freeze(JSON.parse('{"__proto__":{"admin":true}}')));
    expect(copy.admin).toBeUndefined();
    expect(Object.hasOwn(copy, '__proto__')).toBe(true);
  });

  it.each([
    [{ a: { b: [1, () => 1] } }, 'payload.a.b[1] is a function'],
    [{ when: new Date(0) }, 'payload.when is an instance of Date'],
    [{ n: Number.NaN }, 'payload.n is NaN'],
    [[1, undefined], 'payload[1] is undefined'],
    [{ n: 1n }, 'payload.n is a bigint'],
    [undefined, 'payload is undefined'],
  ])('names the path of what cannot be stored: %#', (value, message) => {
    expect(() => freeze(value)).toThrow(message);
  });

  it('refuses a circle instead of walking it for ever', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(() => freeze(circle)).toThrow(/refers to itself/);
  });

  it('counts bytes of JSON, not characters', () => {
    expect(freeze('é'.repeat(499))).toHaveLength(499);
    expect(() => freeze('é'.repeat(500))).toThrow(/1002 bytes of JSON; at most 1000/);
    expect(() => freeze('\u0000'.repeat(200))).toThrow(/QUEUE_PAYLOAD_TOO_LARGE|bytes of JSON/);
  });

  it('counts the keys too', () => {
    expect(() => freeze({ ['k'.repeat(1_000)]: 1 })).toThrow(/bytes of JSON/);
  });
});
