/** Shorter texts would be masked all over a message without protecting anyone. */
const SHORTEST_TEXT = 2;
/** Numbers of fewer digits are counts more often than codes. */
const SHORTEST_NUMBER = 4;

/**
 * The texts in a value, however deep, that a log must mask: strings of at least two characters, and numbers of at least four digits as text,
 * because one-time codes are often numbers.
 */
export function collectPersonalValues(value: unknown, into: Set<string>): void {
  collect(value, into, new Set());
}

/** As {@link collectPersonalValues}, for the fields of an object without those named. */
export function collectPersonalFields(fields: object, unmasked: readonly string[], into: Set<string>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (!unmasked.includes(name)) collectPersonalValues(value, into);
  }
}

function collect(value: unknown, into: Set<string>, seen: Set<object>): void {
  if (typeof value === 'string') addText(value.trim(), SHORTEST_TEXT, into);
  else if (typeof value === 'number' || typeof value === 'bigint')
    addText(String(value), SHORTEST_NUMBER, into);
  else if (typeof value === 'object' && value !== null && !seen.has(value)) {
    seen.add(value);
    for (const item of itemsOf(value)) collect(item, into, seen);
  }
}

function addText(text: string, shortest: number, into: Set<string>): void {
  if (text.length >= shortest) into.add(text);
}

function itemsOf(value: object): Iterable<unknown> {
  if (value instanceof Uint8Array) return [];
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (value instanceof Set || Array.isArray(value)) return value;
  return Object.values(value);
}
