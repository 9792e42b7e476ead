import { matchesOf } from './matches.ts';
import { digitsOf, type NumberPhrase, shapeOf } from './number-phrase.ts';
import type { Finding } from './text-view.ts';
import type { Token } from './tokens.ts';

export const ID_MASK = '[id]';

/** Ids of letters and digits, each of a fixed length. */
const LETTERED_ID = new RegExp(
  `^(?:${[
    '[A-Z]{6}\\d{2}[A-Z]\\d{2}[A-Z]\\d{3}[A-Z]', // Italy, codice fiscale
    '[A-Z]{4}\\d{6}[HM][A-Z]{5}[A-Z0-9]\\d', // Mexico, CURP
    '[A-Z]{5}\\d{4}[A-Z]', // India, PAN
    '[XYZ]-?\\d{7}-?[A-Z]', // Spain, NIE
    '\\d{8}-?[A-Z]', // Spain, DNI
    '\\d{17}[\\dX]', // China, resident id
    '[A-Z]{2}\\d{6}[A-D]', // United Kingdom, national insurance
    '\\d{6}[-+A]\\d{3}[0-9A-Y]', // Finland
  ].join('|')})$`,
  'i',
);
const LONGEST_LETTERED_ID = 18;
/** National insurance numbers of the United Kingdom are mostly written in pairs. */
const PAIRED_ID = /\b[A-Z]{2} \d{2} \d{2} \d{2} [A-D]\b/gi;

/** Shapes of ids that are written with digits only, and what separates their groups. Numbers without groups are masked as phone numbers or cards are. */
const ID_SHAPES: ReadonlyMap<string, RegExp> = new Map([
  ['3-2-4', /^[- ]{2}$/], // United States, social security
  ['3-3-3-2', /^[.][.][-.]$/], // Brazil, CPF
  ['2-3-3-4-2', /^[.][.]\/-$/], // Brazil, CNPJ
  ['4-4-4', /^[- ]{2}$/], // India, Aadhaar
  ['8-4', /^-$/], // Sweden
  ['1-2-2-2-3-3-2', /^ {6}$/], // France
]);

/** Whether digits are grouped as a national id is. */
export function isIdShape(phrase: NumberPhrase): boolean {
  const separators = ID_SHAPES.get(shapeOf(phrase));
  if (separators === undefined || phrase.hasPlus) return false;
  const between = phrase.groups.slice(1).map(({ separator }) => separator);
  return separators.test(between.join('').replaceAll('\u2007', ' ')) && !/^[01]{12}/.test(digitsOf(phrase));
}

/** Finds national ids that mix letters and digits. */
export function findLetteredIds(text: string, tokens: readonly Token[]): Finding[] {
  const ids = tokens
    .map((token) => withoutDots(text, token))
    .filter(({ start, end }) => isLetteredId(text, start, end));
  return [...ids, ...matchesOf(PAIRED_ID, text)].map(({ start, end }) => ({ start, end, mask: ID_MASK }));
}

function isLetteredId(text: string, start: number, end: number): boolean {
  return end - start <= LONGEST_LETTERED_ID && LETTERED_ID.test(text.slice(start, end));
}

/** A full stop ends the sentence, not the id. */
function withoutDots(text: string, { start, end }: Token): Token {
  let last = end;
  while (text[last - 1] === '.') last--;
  return { start, end: last };
}
