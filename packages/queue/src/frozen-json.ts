import type { JsonValue } from '@townkrier/core';
import { QueueError, QueueErrorCode } from './errors.ts';

/** Deeper than this counts as circular. */
const MAX_DEPTH = 100;
/** A character of a string takes at most this many bytes in JSON: `\u0000`, or three bytes of UTF-8. */
const MOST_BYTES_PER_UNIT = 6;

/** What a value is, for error messages, and how large it may be. */
export interface JsonLimits {
  /** `payload`, `metadata`: where paths in messages begin. */
  readonly what: string;
  /** Bytes of JSON at most. */
  readonly maxBytes: number;
}

/**
 * A deep-frozen copy of plain data, so that neither its giver nor its readers can change what is stored. Properties that are `undefined` are left
 * out, as JSON does.
 *
 * It runs for every job, so the way that succeeds does nothing but copy: where a fault is found, a second walk looks for its path.
 *
 * @throws {QueueError} `QUEUE_PAYLOAD_INVALID`, naming the path, when something in it is not JSON: a function, a class instance, `NaN`, a bigint, a
 * circle; `QUEUE_PAYLOAD_TOO_LARGE`.
 */
export function toFrozenJson(value: unknown, limits: JsonLimits): JsonValue {
  const size = { units: 0 };
  const copy = copyValue(value, size, 0);
  if (copy === undefined) throw notJson(value, limits.what);
  if (size.units * MOST_BYTES_PER_UNIT > limits.maxBytes) checkBytes(copy, limits);
  return copy;
}

/** Characters and marks seen: a lower bound of the length of the JSON. */
interface Size {
  units: number;
}

/** The copy, or `undefined` when something in the value is not JSON. */
function copyValue(value: unknown, size: Size, depth: number): JsonValue | undefined {
  if (typeof value === 'object' && value !== null) {
    if (depth > MAX_DEPTH) return undefined;
    return Array.isArray(value) ? copyArray(value, size, depth) : copyObject(value, size, depth);
  }
  size.units += typeof value === 'string' ? value.length + 2 : 5;
  return isPrimitive(value) ? value : undefined;
}

function copyArray(items: readonly unknown[], size: Size, depth: number): JsonValue | undefined {
  const copy: JsonValue[] = [];
  for (let i = 0; i < items.length; i++) {
    const item = copyValue(items[i], size, depth + 1);
    if (item === undefined) return undefined;
    copy.push(item);
  }
  return Object.freeze(copy);
}

function copyObject(value: object, size: Size, depth: number): JsonValue | undefined {
  if (!isPlain(value)) return undefined;
  // Spreading keeps the shape of the object, which makes the copy small and reading it fast.
  const copy: Record<string, unknown> = { ...value };
  for (const key in copy) {
    const child = copy[key];
    size.units += key.length + 4;
    if (typeof child === 'string') {
      size.units += child.length;
    } else if (child === undefined) {
      delete copy[key];
    } else {
      const childCopy = copyValue(child, size, depth + 1);
      if (childCopy === undefined) return undefined;
      if (childCopy !== child) copy[key] = childCopy;
    }
  }
  return Object.freeze(copy) as JsonValue; // every property was replaced by a JSON value or is one
}

function isPrimitive(value: unknown): value is string | number | boolean | null {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value === 'string' || typeof value === 'boolean' || value === null;
}

function isPlain(value: object): boolean {
  // Nearly always so, and much cheaper to ask than the prototype. What else it lets pass is copied property by property all the same.
  if (value.constructor === Object) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function checkBytes(value: JsonValue, { what, maxBytes }: JsonLimits): void {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes <= maxBytes) return;
  throw new QueueError(
    QueueErrorCode.QUEUE_PAYLOAD_TOO_LARGE,
    `The ${what} has ${bytes} bytes of JSON; at most ${maxBytes} are allowed (maxPayloadBytes). Store large content elsewhere and queue a reference to it.`,
  );
}

function notJson(value: unknown, what: string): QueueError {
  return new QueueError(
    QueueErrorCode.QUEUE_PAYLOAD_INVALID,
    `${findFault(value, what, 0) ?? what}; only plain data can be stored: strings, finite numbers, booleans, null, arrays and plain objects.`,
  );
}

/** `payload.items[2].price is NaN`, for the first thing that is not JSON. */
function findFault(value: unknown, path: string, depth: number): string | null {
  if (typeof value !== 'object' || value === null)
    return isPrimitive(value) ? null : `${path} is ${nameOf(value)}`;
  if (depth > MAX_DEPTH) return `${path} is nested too deeply or refers to itself`;
  if (!Array.isArray(value) && !isPlain(value))
    return `${path} is an instance of ${value.constructor?.name || 'a class'}`;
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined && !Array.isArray(value)) continue;
    const fault = findFault(child, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, depth + 1);
    if (fault !== null) return fault;
  }
  return null;
}

function nameOf(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value);
  return `a ${typeof value}`;
}
