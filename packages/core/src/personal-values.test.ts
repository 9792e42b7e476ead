import { expect, test } from 'vitest';
import { collectPersonalFields, collectPersonalValues } from './personal-values.ts';

function valuesOf(value: unknown): string[] {
  const into = new Set<string>();
  collectPersonalValues(value, into);
  return [...into];
}

test('finds texts however deep they are', () => {
  const value = { name: 'Ada', tags: ['one', ['two']], more: new Map([['key', new Set(['three'])]]) };
  expect(valuesOf(value)).toEqual(['Ada', 'one', 'two', 'key', 'three']);
});

test('leaves out what would mask half a message', () => {
  expect(valuesOf(['', ' ', 'x', ' y ', true, null, undefined, 3, 999])).toEqual([]);
});

test('takes numbers that may be codes', () => {
  expect(valuesOf({ otp: 482913, big: 12345678901234567890n })).toEqual(['482913', '12345678901234567890']);
});

test('trims, and names each text once', () => {
  expect(valuesOf([' Ada ', 'Ada'])).toEqual(['Ada']);
});

test('a cycle ends', () => {
  const value: Record<string, unknown> = { name: 'Ada' };
  value['self'] = value;
  expect(valuesOf(value)).toEqual(['Ada']);
});

test('fields that may be shown are left out', () => {
  const into = new Set<string>();
  collectPersonalFields({ plan: 'gold', name: 'Ada' }, ['plan'], into);
  expect([...into]).toEqual(['Ada']);
});
