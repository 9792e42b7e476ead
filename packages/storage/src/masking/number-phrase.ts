import { isDigit, isMaskCharacter } from './characters.ts';

/** A run of digits. */
export interface DigitGroup {
  readonly start: number;
  readonly end: number;
  readonly digits: string;
  /** What stands between this group and the one before it; `''` for the first. */
  readonly separator: string;
}

/** Digits with only spaces, dashes, dots, slashes and brackets between them, as phone and card numbers are written. */
export interface NumberPhrase {
  readonly groups: readonly DigitGroup[];
  readonly start: number;
  readonly end: number;
  /** A `+` stands right before it. */
  readonly hasPlus: boolean;
}

/** Digits of one run that are looked at; what is longer is a number all the same. */
const MAX_DIGITS_KEPT = 64;
const MAX_SEPARATOR = 3;
const DIGIT = /\d/g;
/** A phrase of more groups than any number has ends there; the rest starts a new one. */
const MAX_GROUPS = 16;
/** Space, `-`, `.`, `/`, `(`, `)` and the space of a percent-encoded link. */
const SEPARATORS: ReadonlySet<number> = new Set([32, 45, 46, 47, 40, 41, 0x2007]);

/** Reads the phrases of a text from left to right. Each character is looked at a bounded number of times. */
export function readNumberPhrases(text: string): NumberPhrase[] {
  const phrases: NumberPhrase[] = [];
  DIGIT.lastIndex = 0;
  for (let match = DIGIT.exec(text); match !== null; match = DIGIT.exec(text)) {
    const phrase = toPhrase(text, readGroups(text, match.index));
    phrases.push(phrase);
    DIGIT.lastIndex = phrase.end;
  }
  return phrases;
}

/** A part of a phrase as a phrase of its own. */
export function toPhrase(text: string, groups: readonly DigitGroup[]): NumberPhrase {
  const first = groups[0] as DigitGroup; // Never called without groups.
  const last = groups.at(-1) as DigitGroup;
  const start = openingOf(text, first.start);
  return { groups, start, end: last.end, hasPlus: text[start] === '+' || text[start + 1] === '+' };
}

/** The digits of a phrase without what is between them. */
export function digitsOf(phrase: NumberPhrase): string {
  return phrase.groups.map(({ digits }) => digits).join('');
}

/** Lengths of the groups: `3-3-4`. */
export function shapeOf(phrase: NumberPhrase): string {
  return phrase.groups.map(({ digits }) => digits.length).join('-');
}

function readGroups(text: string, start: number): DigitGroup[] {
  const groups: DigitGroup[] = [];
  let separator = '';
  let position = start;
  while (groups.length < MAX_GROUPS) {
    const end = digitsEnd(text, position);
    groups.push({
      start: position,
      end,
      digits: text.slice(position, Math.min(end, position + MAX_DIGITS_KEPT)),
      separator,
    });
    const next = separatorEnd(text, end);
    if (next === end || !isDigit(text.charCodeAt(next)) || isMaskCharacter(text.charCodeAt(next - 1))) break;
    separator = text.slice(end, next);
    position = next;
  }
  return groups;
}

function digitsEnd(text: string, start: number): number {
  let end = start;
  while (isDigit(text.charCodeAt(end))) end++;
  return end;
}

function separatorEnd(text: string, start: number): number {
  let end = start;
  while (end - start < MAX_SEPARATOR && SEPARATORS.has(text.charCodeAt(end))) end++;
  return end;
}

/** Takes `+`, `(` and `(+` in front of a number as part of it. */
function openingOf(text: string, start: number): number {
  let opening = start;
  while (start - opening < 2 && (text[opening - 1] === '+' || text[opening - 1] === '(')) opening--;
  return opening;
}
