import { expectationOf } from '@townkrier/core';
import type { z } from 'zod';
import { StorageError, type StorageErrorCode } from './errors.ts';

/**
 * Checks input against a schema.
 *
 * @param what - Opens the message: `The log`.
 * @throws {StorageError} with `code`, naming each wrong field and what was expected. Values are not shown: they may be personal.
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  { code, what }: { readonly code: StorageErrorCode; readonly what: string },
): Defined<z.output<Schema>> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return omitUndefined(parsed.data);
  const problems = parsed.error.issues.map(describeProblem);
  throw new StorageError(code, `${what} is not valid. ${problems.join('; ')}.`);
}

function describeProblem(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  const expectation = expectationOf(issue);
  if (path === '') return issue.message;
  return expectation === null ? `${path}: ${issue.message}` : `${path} must be ${expectation}`;
}

/** A type whose absent fields are absent, not `undefined`. */
export type Defined<Fields> = { [Key in keyof Fields]: Exclude<Fields[Key], undefined> };

/** Leaves out the fields that are `undefined`: to us that means the same as not given. What is not a plain object, such as a date, stays as it is. */
export function omitUndefined<Fields>(fields: Fields): Defined<Fields> {
  // The two casts say what the code does: nothing, or dropping keys whose values are undefined.
  if (!isPlainObject(fields)) return fields as Defined<Fields>;
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Defined<Fields>;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
