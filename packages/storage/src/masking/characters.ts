/** What detectors ask about a UTF-16 code unit. All are constant time; `NaN` (past the end) is never anything. */

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function isAsciiLetter(code: number): boolean {
  const lower = code | 32;
  return lower >= 97 && lower <= 122;
}

/** Marks of Latin, Greek, Hebrew, Arabic and Devanagari script that end a word. */
const PUNCTUATION: ReadonlySet<number> = new Set([
  0xab, 0xac, 0xaf, 0xb0, 0xb1, 0xb4, 0xb6, 0xb7, 0xbb, 0xbf, 0xd7, 0xf7, 0x37e, 0x387, 0x589, 0x5be, 0x5c3,
  0x60c, 0x61b, 0x61f, 0x66a, 0x66b, 0x66c, 0x66d, 0x6d4, 0x964, 0x965,
]);

/** Letters, digits, marks and surrogates beyond ASCII, as far as they can stand in a word; not punctuation, spaces or symbols. */
function isWordBeyondAscii(code: number): boolean {
  if (!(code >= 0xaa)) return false;
  if (code < 0x2000) return !PUNCTUATION.has(code);
  if (code < 0x2c00) return false;
  if (code >= 0x3000 && code <= 0x3004) return false;
  return !(code >= 0x3007 && code <= 0x3020) && !(code >= 0xff00 && code <= 0xff0f) && code !== 0xff1a;
}

/** A letter or digit of any script. */
export function isWord(code: number): boolean {
  return isDigit(code) || isAsciiLetter(code) || isWordBeyondAscii(code);
}

/** Scripts that put no space between words: Thai, Lao, Han, Kana, Hangul. A value of theirs has no word boundary to stand at. */
export function isUnspacedScript(code: number): boolean {
  return (
    (code >= 0x0e00 && code <= 0x0eff) ||
    (code >= 0x2e80 && code <= 0x9fff) ||
    (code >= 0xac00 && code <= 0xdfff) ||
    (code >= 0xf900 && code <= 0xfaff)
  );
}

/** A letter of a script with spaces between words, so that a number stuck to it is part of that word. */
export function isSpacedLetter(code: number): boolean {
  return isAsciiLetter(code) || (isWordBeyondAscii(code) && !isUnspacedScript(code));
}

export function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** `*` and `•`: what our own masks, and other people's, put in place of digits. Whatever touches it is masked already. */
export function isMaskCharacter(code: number): boolean {
  return code === 42 || code === 0x2022;
}
