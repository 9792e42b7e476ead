import type { JsonValue } from '@townkrier/core';
import { ContentPrivacy } from '../notification-log.ts';
import { createMasker, type Masker, type MaskingOptions } from './masker.ts';
import { CODE_MASK } from './one-time-code.ts';
import { SECRET_MASK } from './secret.ts';
import { isCodeKey, isPersonalKey, isSecretKey } from './sensitive-keys.ts';

/** What stands for what was too deep, too many or too long to keep. */
const TRUNCATED = '[truncated]';
/** What stands for an object that contains itself. */
const CIRCULAR = '[circular]';
const UNREADABLE = '[unreadable]';
const HIDDEN = '***';

const MAX_DEPTH = 32;
const MAX_NODES = 10_000;
/** UTF-8 bytes of keys and texts, before masking. */
const MAX_BYTES = 256 * 1024;
const INERT_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Masks data of any kind and returns plain JSON. Keys are masked like values, and a key's name can hide its value whatever it is (`password`, `apiKey`). What is
 * deeper than 32 levels, beyond 10,000 nodes or beyond 256 KiB becomes `[truncated]`; a cycle becomes `[circular]`. The input is not changed, a getter is
 * called at most once, and one that throws gives `[unreadable]`. `private` keeps only whether it was a list, an object or a value.
 */
export function maskData(value: unknown, options: MaskingOptions): JsonValue {
  if (options.level === ContentPrivacy.PRIVATE) return emptyLike(value);
  return new DataMasker(createMasker(options)).mask(value, 0);
}

function emptyLike(value: unknown): JsonValue {
  if (typeof value === 'string') return '';
  if (typeof value !== 'object' || value === null) return null;
  return Array.isArray(value) || value instanceof Set ? [] : {};
}

class DataMasker {
  readonly #masker: Masker;
  /** The objects the present one is inside of. */
  readonly #ancestors = new Set<object>();
  #nodes = 0;
  #bytes = 0;

  constructor(masker: Masker) {
    this.#masker = masker;
  }

  mask(value: unknown, depth: number): JsonValue {
    if (++this.#nodes > MAX_NODES || depth > MAX_DEPTH) return TRUNCATED;
    if (typeof value === 'string') return this.#maskString(value);
    if (typeof value === 'number') return this.#maskNumber(value);
    if (typeof value === 'boolean') return value;
    if (typeof value === 'bigint') return this.#maskString(String(value));
    if (typeof value !== 'object' || value === null) return null;
    return this.#maskObject(value, depth);
  }

  #maskObject(value: object, depth: number): JsonValue {
    if (this.#ancestors.has(value)) return CIRCULAR;
    this.#ancestors.add(value);
    try {
      return this.#maskContents(value, depth);
    } catch {
      return UNREADABLE;
    } finally {
      this.#ancestors.delete(value);
    }
  }

  #maskContents(value: object, depth: number): JsonValue {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    if (value instanceof RegExp || value instanceof URL) return this.#maskString(String(value));
    if (Array.isArray(value) || value instanceof Set) return this.#maskList(value, depth);
    if (value instanceof Map) return this.#maskEntries(mapEntries(value), depth);
    if (value instanceof Error) return this.#maskEntries(errorEntries(value), depth);
    return this.#maskEntries(ownEntries(value), depth);
  }

  #maskList(values: Iterable<unknown>, depth: number): JsonValue {
    const masked: JsonValue[] = [];
    for (const value of values) {
      if (this.#isFull()) return [...masked, TRUNCATED];
      masked.push(this.mask(value, depth + 1));
    }
    return masked;
  }

  #maskEntries(entries: Iterable<readonly [key: string, read: () => unknown]>, depth: number): JsonValue {
    const masked: Record<string, JsonValue> = {};
    const seen = new Map<string, number>();
    for (const [key, read] of entries) {
      if (INERT_KEYS.has(key)) continue;
      if (this.#isFull()) return { ...masked, [TRUNCATED]: true };
      masked[distinctKey(seen, this.#maskString(key))] = this.#maskEntry(key, read, depth);
    }
    return masked;
  }

  #maskEntry(key: string, read: () => unknown, depth: number): JsonValue {
    if (isSecretKey(key)) return SECRET_MASK;
    const value = readSafely(read);
    if (isCodeKey(key) && isCodeLike(value)) return CODE_MASK;
    const masked = this.mask(value, depth + 1);
    const isHidden = this.#masker.level !== ContentPrivacy.PUBLIC && isPersonalKey(key);
    return isHidden && isPlain(value) && masked === value && masked !== '' ? HIDDEN : masked;
  }

  #maskString(text: string): string {
    this.#bytes += Buffer.byteLength(text);
    return this.#bytes > MAX_BYTES ? TRUNCATED : this.#masker.maskText(text);
  }

  /** A number stays a number unless its digits are those of a card or a phone. Moments in seconds or milliseconds are neither. */
  #maskNumber(value: number): JsonValue {
    if (!Number.isFinite(value)) return null;
    if (value === 0) return 0; // JSON has no negative zero.
    const isMoment = (value >= 1e9 && value < 2e9) || (value >= 1e12 && value < 2e12);
    if (!Number.isInteger(value) || isMoment) return value;
    const text = String(value);
    const masked = this.#masker.maskText(text);
    return masked === text ? value : masked;
  }

  #isFull(): boolean {
    return this.#nodes >= MAX_NODES || this.#bytes > MAX_BYTES;
  }
}

function* ownEntries(value: object): Generator<readonly [string, () => unknown]> {
  for (const key of Object.keys(value)) yield [key, () => Reflect.get(value, key)];
}

function* mapEntries(map: ReadonlyMap<unknown, unknown>): Generator<readonly [string, () => unknown]> {
  for (const [key, value] of map)
    yield [typeof key === 'object' && key !== null ? '[object]' : String(key), () => value];
}

/** Name, message, cause and the errors of an aggregate, and what else was put on it. Not the stack: it names files. */
function* errorEntries(error: Error): Generator<readonly [string, () => unknown]> {
  yield ['name', () => error.name];
  yield ['message', () => error.message];
  if (error.cause !== undefined) yield ['cause', () => error.cause];
  if (error instanceof AggregateError) yield ['errors', () => error.errors];
  for (const [key, read] of ownEntries(error)) if (!STANDARD_ERROR_KEYS.has(key)) yield [key, read];
}

const STANDARD_ERROR_KEYS: ReadonlySet<string> = new Set(['name', 'message', 'cause', 'errors', 'stack']);

function readSafely(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return UNREADABLE;
  }
}

/** Two keys that are masked alike keep their values apart. */
function distinctKey(seen: Map<string, number>, key: string): string {
  const count = (seen.get(key) ?? 0) + 1;
  seen.set(key, count);
  return count === 1 ? key : `${key} (${count})`;
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

/** `482913`, `K7P2QX`; not `ERR_TIMEOUT` or `404`. */
function isCodeLike(value: unknown): boolean {
  return isPlain(value) && /^(?=[\w-]*\d)[A-Z0-9][A-Z0-9-]{3,11}$/i.test(String(value));
}
