import { z } from 'zod';
import { CoreErrorCode, TownKrierError } from './errors.ts';
import { expectationOf } from './expectation.ts';

/** Keys whose values never appear in a message. */
const SECRET_KEY = /key|secret|token|password|passwd|credential|auth/i;
const LONGEST_SHOWN_VALUE = 60;

/**
 * Checks options against a schema and returns them with defaults applied, frozen. The object passed in is not changed.
 *
 * @param what - What the options belong to, for the message: `NotificationManager`.
 * @throws {TownKrierError} `CONFIG_INVALID`, naming each wrong key, its value (unless it may be a secret) and what was expected.
 */
export function parseOptions<Schema extends z.ZodType>(
  schema: Schema,
  options: unknown,
  what: string,
): Readonly<z.output<Schema>> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return Object.freeze(parsed.data);
  const problems = parsed.error.issues.map((issue) => describeIssue(schema, options, issue));
  throw new TownKrierError(`Options of ${what} are invalid: ${problems.join('; ')}.`, {
    code: CoreErrorCode.CONFIG_INVALID,
  });
}

/** A schema for a function, which is all that can be checked about one. `what` completes "expected …". */
export function functionOption<Fn extends (...args: never[]) => unknown>(): z.ZodType<Fn> {
  return z.custom<Fn>((value) => typeof value === 'function', 'expected a function');
}

function describeIssue(schema: z.ZodType, options: unknown, issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const place = issue.path.length === 0 ? '' : ` in ${formatPath(issue.path)}`;
    const known = knownKeys(schema, issue.path);
    const hint = known.length === 0 ? '' : ` (known: ${known.join(', ')})`;
    return `unknown ${issue.keys.length === 1 ? 'key' : 'keys'} ${issue.keys.join(', ')}${place}${hint}`;
  }
  const path = formatPath(issue.path) || 'the value';
  const value = describeValue(valueAt(options, issue.path), issue.path);
  const expectation = expectationOf(issue);
  return expectation === null
    ? `${path}: ${issue.message}, got ${value}`
    : `${path} must be ${expectation}, got ${value}`;
}

/** `channels[0].name`, from the path of a zod issue. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    root,
  );
}

function describeValue(value: unknown, path: readonly PropertyKey[]): string {
  if (value === undefined || value === null) return String(value);
  if (path.some((key) => SECRET_KEY.test(String(key)))) return `a ${typeof value} (not shown)`;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (typeof value === 'string' && value.length <= LONGEST_SHOWN_VALUE) return JSON.stringify(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid date' : value.toISOString();
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = unwrap(schema);
  for (const key of path) {
    if (at instanceof z.ZodArray) at = unwrap(at.element);
    else if (at instanceof z.ZodObject) at = unwrap(Reflect.get(at.shape, key));
    else return [];
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) {
    return unwrap(schema.unwrap());
  }
  return schema;
}
