import { expect, test } from 'vitest';
import { z } from 'zod';
import { functionOption, parseOptions } from './options.ts';

const schema = z.strictObject({
  retries: z.number().int().min(0).default(3),
  apiKey: z.string().optional(),
  nested: z.strictObject({ port: z.number() }).optional(),
  list: z.array(z.strictObject({ name: z.string() })).optional(),
  call: functionOption<() => void>().optional(),
});

function problemOf(options: unknown): string {
  try {
    parseOptions(schema, options, 'Thing');
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    return error instanceof Error ? error.message : '';
  }
  throw new Error('Expected a refusal.');
}

test('defaults are applied to a frozen copy', () => {
  const given = {};
  const options = parseOptions(schema, given, 'Thing');
  expect(options).toEqual({ retries: 3 });
  expect(Object.isFrozen(options)).toBe(true);
  expect(given).toEqual({});
});

test('a wrong value is named with its key and what was expected', () => {
  expect(problemOf({ retries: -1 })).toBe('Options of Thing are invalid: retries must be 0 or more, got -1.');
  expect(problemOf({ retries: Number.NaN })).toContain('retries must be a number, got NaN');
});

test('all problems are named at once', () => {
  expect(problemOf({ retries: 'many', nested: { port: 'x' } })).toBe(
    'Options of Thing are invalid: retries must be a number, got "many"; nested.port must be a number, got "x".',
  );
});

test('an unknown key is refused with the known ones, also deeper down', () => {
  expect(problemOf({ retires: 1 })).toContain(
    'unknown key retires (known: retries, apiKey, nested, list, call)',
  );
  expect(problemOf({ nested: { port: 1, prot: 2 } })).toContain('unknown key prot in nested (known: port)');
  expect(problemOf({ list: [{ name: 'a', nmae: 'b' }] })).toContain(
    'unknown key nmae in list[0] (known: name)',
  );
});

test('what may be a secret is not shown', () => {
  const problem = problemOf({ apiKey: 12345678 });
  expect(problem).toContain('got a number (not shown)');
  expect(problem).not.toContain('12345678');
});

test('a function is asked for by name', () => {
  expect(problemOf({ call: 5 })).toContain('call must be a function, got 5');
});

test('options that are no object are refused', () => {
  expect(problemOf(null)).toContain('got null');
  expect(problemOf('x'.repeat(100))).toContain('got a string');
});
