import { expect, it } from 'vitest';
import { z } from 'zod';
import { expectationOf } from './expectation.ts';

const CASES: readonly (readonly [string, z.ZodType, unknown, string | null])[] = [
  ['a number that is too small', z.number().min(0), -1, '0 or more'],
  ['a number that is too big', z.number().max(10), 11, '10 or less'],
  ['NaN', z.number(), Number.NaN, 'a number'],
  ['a fraction where a whole number is due', z.int(), 1.5, 'a whole number'],
  ['an empty string', z.string().min(1), '', '1 character or more'],
  ['an empty list', z.array(z.string()).min(1), [], '1 item or more'],
  ['a string for a boolean', z.boolean(), 'yes', 'true or false'],
  ['an invalid date', z.date(), new Date(Number.NaN), 'a valid date'],
  ['a value out of a set', z.enum(['asc', 'desc']), 'up', 'one of asc, desc'],
  ['what the schema describes itself', z.custom(() => false, 'expected a clock'), 1, 'a clock'],
  ['a sentence of the schema', z.string().min(3, 'The name is too short'), 'a', null],
];

it.each(CASES)('%s', (_case, schema, value, expectation) => {
  const issue = schema.safeParse(value).error?.issues[0];
  expect(issue && expectationOf(issue)).toBe(expectation);
});
