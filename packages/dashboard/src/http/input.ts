import type { z } from 'zod';
import { invalidInput } from './errors.ts';

/**
 * A query as an object: each parameter once, those with an empty value left out (a form sends them for "any").
 * @throws {HttpError} 400 naming a parameter that is given twice.
 */
export function readQuery(query: URLSearchParams): Record<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of query) {
    if (values.has(name)) throw invalidInput([{ path: name, message: 'expected once, got several' }]);
    values.set(name, value);
  }
  return Object.fromEntries([...values].filter(([, value]) => value !== ''));
}

/**
 * Path parameters, percent-decoded.
 * @throws {HttpError} 400 when the encoding is broken.
 */
export function decodeParams(params: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, decode(name, value)]));
}

function decode(name: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw invalidInput([{ path: name, message: 'expected valid percent-encoding' }]);
  }
}

/**
 * Checks input from outside.
 * @throws {HttpError} 400 naming every parameter that is wrong.
 */
export function parseInput<Output>(schema: z.ZodType<Output>, input: unknown, where: string): Output {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalidInput(
    parsed.error.issues.map((issue) => ({ path: issue.path.join('.') || where, message: issue.message })),
  );
}
