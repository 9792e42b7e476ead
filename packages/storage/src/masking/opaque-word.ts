const STATIC_WORD =
  /^(?:[a-z]{1,24}|[A-Z]{1,24}|[A-Z]?[a-z]{2,24}(?:[A-Z][a-z]{2,24}){0,4}|\d{1,6}|[A-Za-z]{1,12}\d{1,4}|\d{1,4}[A-Za-z]{1,3})$/;
const NON_ASCII = /\P{ASCII}/u;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Whether a piece of a path looks like a token or an id rather than like words: `aB3xK9Q2z`, a UUID, eight digits; not `reset-password`, `iphone15`,
 * `getStarted` or `2025`.
 */
export function isOpaqueSegment(segment: string): boolean {
  if (segment.length > 120 || UUID.test(segment)) return true;
  if (digitsIn(segment) >= 7) return true;
  return segment
    .split(/[-_.~+,;:!()]/)
    .some((word) => word.length >= 6 && !NON_ASCII.test(word) && !STATIC_WORD.test(word));
}

/** Whether a word of a text is random enough to be a key or a token: long, of letters and digits mixed, without a pattern. */
export function isOpaqueToken(token: string): boolean {
  if (token.length < 20) return false;
  return token
    .split(/[-_.]/)
    .some((word) => word.length >= 16 && hasMixedCharacters(word) && entropyOf(word) >= 3.3);
}

function hasMixedCharacters(word: string): boolean {
  return /[0-9]/.test(word) && /[A-Za-z]/.test(word);
}

/** Bits per character, by how often each occurs; of the first 128, which is enough to tell. */
function entropyOf(word: string): number {
  const sample = word.slice(0, 128);
  const counts = new Map<string, number>();
  for (const character of sample) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / sample.length) * Math.log2(count / sample.length);
  return bits;
}

function digitsIn(text: string): number {
  let digits = 0;
  for (let index = 0; index < text.length; index++) if (isDigitAt(text, index)) digits++;
  return digits;
}

function isDigitAt(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 48 && code <= 57;
}
