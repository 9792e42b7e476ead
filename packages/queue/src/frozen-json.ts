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
 * @throws {QueueError} `QUEUE_PAYLOAD_INVALID`, naming the path, when something in it is not JSON: a function, a class instance, `NaN`, a bigint, a
 * circle; `QUEUE_PAYLOAD_TOO_LARGE`.
 */
export function toFrozenJson(value: unknown, limits: JsonLimits): JsonValue {
  const copier = new JsonCopier(limits.what);
  const copy = copier.copy(value, 0);
  if (copier.units * MOST_BYTES_PER_UNIT > limits.maxBytes) checkBytes(copy, limits);
  return copy;
}

function checkBytes(value: JsonValue, { what, maxBytes }: JsonLimits): void {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes <= maxBytes) return;
  throw new QueueError(
    QueueErrorCode.QUEUE_PAYLOAD_TOO_LARGE,
    `The ${what} has ${bytes} bytes of JSON; at most ${maxBytes} are allowed (maxPayloadBytes). Store large content elsewhere and queue a reference to it.`,
  );
}

class JsonCopier {
  readonly #what: string;
  readonly #path: (string | number)[] = [];
  /** Characters and marks seen: a lower bound of the JSON's length. */
  units = 0;

  constructor(what: string) {
    this.#what = what;
  }

  copy(value: unknown, depth: number): JsonValue {
    if (typeof value === 'string') {
      this.units += value.length + 3;
      return value;
    }
    if (typeof value === 'object' && value !== null) {
      if (depth > MAX_DEPTH) throw this.#refuse('is nested too deeply or refers to itself');
      return Array.isArray(value) ? this.#copyArray(value, depth) : this.#copyObject(value, depth);
    }
    this.units += 6;
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw this.#refuse(typeof value === 'number' ? `is ${value}` : `is of type ${typeof value}`);
  }

  #copyArray(items: readonly unknown[], depth: number): JsonValue {
    const copy: JsonValue[] = [];
    for (let i = 0; i < items.length; i++) copy.push(this.#copyChild(i, items[i], depth));
    return Object.freeze(copy);
  }

  #copyObject(value: object, depth: number): JsonValue {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw this.#refuse(`is an instance of ${value.constructor.name || 'a class'}`);
    }
    // Spreading keeps the shape of the object, which makes the copy small and reading it fast.
    const copy: Record<string, unknown> = { ...value };
    for (const key in copy) {
      this.units += key.length + 4;
      const child = copy[key];
      if (child === undefined) delete copy[key];
      else if (typeof child === 'string') this.units += child.length;
      else copy[key] = this.#copyChild(key, child, depth);
    }
    return Object.freeze(copy) as JsonValue; // every property was replaced by a JSON value or is one
  }

  #copyChild(key: string | number, value: unknown, depth: number): JsonValue {
    this.#path.push(key);
    const copy = this.copy(value, depth + 1);
    this.#path.pop();
    return copy;
  }

  #refuse(problem: string): QueueError {
    const path = this.#path.reduce<string>(
      (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${key}`),
      this.#what,
    );
    return new QueueError(
      QueueErrorCode.QUEUE_PAYLOAD_INVALID,
      `${path} ${problem}; only plain data can be stored: strings, finite numbers, booleans, null, arrays and plain objects.`,
    );
  }
}
