import type { z } from 'zod';

/** How zod's own messages begin; a schema that says something else knows better. */
const GENERIC_MESSAGE = /^(?:Invalid|Too small|Too big)\b/;

/** A schema's own message that completes "must be" once its first word is gone. */
const OWN_EXPECTATION = /^expected (?=(?:an?|one|the) )/;

const NAMES_OF_TYPES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  array: 'an array',
  object: 'an object',
  record: 'an object',
  boolean: 'true or false',
  date: 'a valid date',
};

/**
 * What a zod issue expected, in plain words that complete "must be": `0 or more`, `a whole number`, `one of asc, desc`. `null` when the schema's own
 * message is a sentence of its own.
 */
export function expectationOf(issue: z.core.$ZodIssue): string | null {
  const { message } = issue;
  if (OWN_EXPECTATION.test(message)) return message.replace(OWN_EXPECTATION, '');
  if (!GENERIC_MESSAGE.test(message)) return null;
  switch (issue.code) {
    case 'invalid_type':
      return NAMES_OF_TYPES[issue.expected] ?? `a ${issue.expected}`;
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.join(', ')}`;
    case 'too_small':
      return `${countOf(issue.minimum, issue.origin)} or more`;
    case 'too_big':
      return `${countOf(issue.maximum, issue.origin)} or less`;
    default:
      return null;
  }
}

function countOf(count: number | bigint, origin: string): string {
  if (origin === 'string') return `${count} character${count === 1 ? '' : 's'}`;
  if (origin === 'array') return `${count} item${count === 1 ? '' : 's'}`;
  return String(count);
}
