/** What Redis answers is of unknown shape; these say what was expected. An answer of another shape comes from a fault in a script, not from a user. */

/** @throws {TypeError} when it is no list. */
export function toList(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw new TypeError(`Redis answered with ${typeof reply} where a list was expected.`);
}

/** @throws {TypeError} when it is no text. */
export function toText(reply: unknown): string {
  if (typeof reply === 'string') return reply;
  throw new TypeError(`Redis answered with ${typeof reply} where a text was expected.`);
}

/** A list of names and values in turn, as hashes are answered. */
export function toHash(reply: unknown): ReadonlyMap<string, string> {
  const list = toList(reply);
  const hash = new Map<string, string>();
  for (let i = 0; i + 1 < list.length; i += 2) hash.set(toText(list[i]), toText(list[i + 1]));
  return hash;
}

/** Whether a script gave 1. Some clients give numbers as text. */
export function isOne(reply: unknown): boolean {
  return Number(reply) === 1;
}
