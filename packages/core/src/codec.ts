import { CoreErrorCode, TownKrierError } from './errors.ts';
import type { JsonValue } from './stored-notification.ts';

/** The key that marks an encoded value. An object of the app with this key is wrapped, so it never reads as a mark. */
const TAG = '$type';
/** How deep values may nest. */
export const MAX_STORED_DEPTH = 32;
/** How large an encoded value may grow, in characters of JSON (estimated from below). */
export const MAX_STORED_SIZE = 1_048_576;

/** Options of {@link encodeValue}. */
export interface EncodeOptions {
  /** What the value is, to begin the path in errors with: `fields`. @default 'value' */
  readonly path?: string;
  /** Characters of JSON. @default {@link MAX_STORED_SIZE} */
  readonly maxSize?: number;
}

/**
 * Turns plain data into what JSON keeps whole. Besides JSON it takes `undefined`, `NaN`, infinities, `-0`, bigints, Date, Map, Set and bytes.
 * A value that occurs twice is stored twice. Objects without a prototype come back with one.
 *
 * @throws {TownKrierError} `NOTIFICATION_NOT_STORABLE`, naming the path, for functions, symbols, accessors, class instances, cycles, more than
 * {@link MAX_STORED_DEPTH} levels, or too large a value.
 */
export function encodeValue(value: unknown, options: EncodeOptions = {}): JsonValue {
  return new Encoder(options).encode(value);
}

class Encoder {
  readonly #path: string[];
  readonly #ancestors: object[] = [];
  readonly #maxSize: number;
  #size = 0;

  constructor(options: EncodeOptions) {
    this.#path = [options.path ?? 'value'];
    this.#maxSize = options.maxSize ?? MAX_STORED_SIZE;
  }

  encode(value: unknown): JsonValue {
    switch (typeof value) {
      case 'string':
        this.#grow(value.length + 2);
        return value;
      case 'number':
        this.#grow(8);
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : tagged('number', Object.is(value, -0) ? '-0' : String(value));
      case 'boolean':
        this.#grow(5);
        return value;
      case 'undefined':
        this.#grow(20);
        return tagged('undefined');
      case 'bigint': {
        const text = String(value);
        this.#grow(text.length + 28);
        return tagged('bigint', text);
      }
      case 'object':
        this.#grow(4);
        return value === null ? null : this.#encodeObject(value);
      default:
        throw this.#refuse(`a ${typeof value} cannot be stored`);
    }
  }

  #encodeObject(value: object): JsonValue {
    if (value instanceof Date)
      return tagged('date', Number.isNaN(value.getTime()) ? null : value.toISOString());
    if (value instanceof Uint8Array) return this.#encodeBytes(value);
    if (this.#ancestors.includes(value)) throw this.#refuse('it contains itself');
    if (this.#ancestors.length >= MAX_STORED_DEPTH) {
      throw this.#refuse(`it nests deeper than ${MAX_STORED_DEPTH} levels`);
    }
    this.#ancestors.push(value);
    const encoded = this.#encodeContainer(value);
    this.#ancestors.pop();
    return encoded;
  }

  #encodeContainer(value: object): JsonValue {
    if (Array.isArray(value)) return Array.from(value, (item, index) => this.#encodeAt(`[${index}]`, item));
    if (value instanceof Map) {
      const entries = Array.from(value, ([key, item], index) => [
        this.#encodeAt(`<key ${index}>`, key),
        this.#encodeAt(typeof key === 'string' ? `<${key}>` : `<value ${index}>`, item),
      ]);
      return tagged('map', entries);
    }
    if (value instanceof Set) {
      return tagged(
        'set',
        Array.from(value, (item, index) => this.#encodeAt(`<item ${index}>`, item)),
      );
    }
    return this.#encodePlainObject(value);
  }

  #encodePlainObject(value: object): JsonValue {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== Object.prototype) {
      throw this.#refuse(`an instance of ${className(value)} cannot be stored`);
    }
    const encoded = this.encodeOwnFields(value, []);
    return TAG in encoded && Object.hasOwn(encoded, TAG) ? tagged('object', encoded) : encoded;
  }

  /** The enumerable fields of an object whose class does not matter, without those named. */
  encodeOwnFields(value: object, except: readonly string[]): { [key: string]: JsonValue } {
    const encoded: { [key: string]: JsonValue } = {};
    for (const key of Reflect.ownKeys(value)) {
      const property = Object.getOwnPropertyDescriptor(value, key);
      if (property?.enumerable !== true || except.includes(String(key))) continue;
      if (typeof key === 'symbol')
        throw this.#refuse(`its key ${String(key)} is a symbol, which cannot be stored`);
      if (!('value' in property)) throw this.#refuse(`.${key} is an accessor, which cannot be stored`);
      this.#grow(key.length + 4);
      setOwn(encoded, key, this.#encodeAt(`.${key}`, property.value));
    }
    return encoded;
  }

  #encodeBytes(value: Uint8Array): JsonValue {
    const isBuffer = Buffer.isBuffer(value);
    if (!isBuffer && Object.getPrototypeOf(value) !== Uint8Array.prototype) {
      throw this.#refuse(`an instance of ${className(value)} cannot be stored`);
    }
    this.#grow(Math.ceil(value.byteLength / 3) * 4);
    const base64 = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
    return tagged(isBuffer ? 'buffer' : 'bytes', base64);
  }

  #encodeAt(step: string, value: unknown): JsonValue {
    this.#path.push(step);
    const encoded = this.encode(value);
    this.#path.pop();
    return encoded;
  }

  #grow(characters: number): void {
    this.#size += characters;
    if (this.#size > this.#maxSize) throw this.#refuse(`it is larger than ${this.#maxSize} characters`);
  }

  #refuse(why: string): TownKrierError {
    return new TownKrierError(
      `${this.#path.join('')} cannot be stored: ${why}. Keep plain data (also Date, Map, Set, bigint, bytes) in what is enqueued.`,
      { code: CoreErrorCode.NOTIFICATION_NOT_STORABLE },
    );
  }
}

/**
 * Encodes the enumerable fields an instance itself has, whatever its class; the values must be plain data.
 * @throws {TownKrierError} `NOTIFICATION_NOT_STORABLE`, as {@link encodeValue}.
 */
export function encodeFields(
  instance: object,
  except: readonly string[],
): { readonly [key: string]: JsonValue } {
  return new Encoder({ path: 'fields' }).encodeOwnFields(instance, except);
}

/**
 * The value that {@link encodeValue} was given.
 * @throws {TownKrierError} `NOTIFICATION_PAYLOAD_INVALID` when it was not made by `encodeValue`.
 */
export function decodeValue(encoded: JsonValue): unknown {
  return decodeAt(encoded, 0);
}

// An encoded Map takes three levels of JSON where the value has one.
const MAX_ENCODED_DEPTH = MAX_STORED_DEPTH * 4;

function decodeAt(encoded: JsonValue, depth: number): unknown {
  if (typeof encoded !== 'object' || encoded === null) return encoded;
  if (depth > MAX_ENCODED_DEPTH) throw undecodable(`it nests deeper than ${MAX_ENCODED_DEPTH} levels`);
  if (isJsonArray(encoded)) return encoded.map((item) => decodeAt(item, depth + 1));
  return Object.hasOwn(encoded, TAG) ? decodeTagged(encoded, depth + 1) : decodeObject(encoded, depth + 1);
}

function decodeObject(
  encoded: { readonly [key: string]: JsonValue },
  depth: number,
): Record<string, unknown> {
  const decoded: Record<string, unknown> = {};
  for (const key of Object.keys(encoded)) setOwn(decoded, key, decodeAt(encoded[key] ?? null, depth));
  return decoded;
}

function decodeTagged(encoded: { readonly [key: string]: JsonValue }, depth: number): unknown {
  const { [TAG]: type, value = null } = encoded;
  switch (type) {
    case 'undefined':
      return undefined;
    case 'number':
      return Number(value);
    case 'bigint':
      if (typeof value === 'string' && /^-?\d+$/.test(value)) return BigInt(value);
      break;
    case 'date':
      return new Date(typeof value === 'string' ? value : Number.NaN);
    case 'buffer':
      if (typeof value === 'string') return Buffer.from(value, 'base64');
      break;
    case 'bytes':
      if (typeof value === 'string') return new Uint8Array(Buffer.from(value, 'base64'));
      break;
    case 'set':
      if (isJsonArray(value)) return new Set(value.map((item) => decodeAt(item, depth)));
      break;
    case 'map':
      if (isJsonArray(value)) return new Map(value.map((entry) => decodeEntry(entry, depth)));
      break;
    case 'object':
      if (isJsonObject(value)) return decodeObject(value, depth);
      break;
  }
  throw undecodable(`its mark ${JSON.stringify(type)} is unknown or its value does not fit`);
}

function decodeEntry(entry: JsonValue, depth: number): [unknown, unknown] {
  if (!isJsonArray(entry)) throw undecodable('an entry of a map is no pair');
  const [key = null, value = null] = entry;
  return [decodeAt(key, depth), decodeAt(value, depth)];
}

function tagged(type: string, value?: JsonValue): JsonValue {
  return value === undefined ? { [TAG]: type } : { [TAG]: type, value };
}

/** Sets an own property; assigning to `__proto__` would change the prototype instead. */
function setOwn<Value>(target: { [key: string]: Value }, key: string, value: Value): void {
  if (key !== '__proto__') target[key] = value;
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

// `Array.isArray` alone does not narrow a readonly array out of a union.
function isJsonArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isJsonObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function className(value: object): string {
  const { constructor: owner }: { constructor?: unknown } = value;
  return typeof owner === 'function' && owner.name !== '' ? owner.name : 'an unnamed class';
}

function undecodable(why: string): TownKrierError {
  return new TownKrierError(`The stored value cannot be read: ${why}.`, {
    code: CoreErrorCode.NOTIFICATION_PAYLOAD_INVALID,
  });
}
