import { digitsOf, type NumberPhrase, shapeOf } from './number-phrase.ts';

const TWO_DIGIT_CODES: ReadonlySet<string> = new Set(
  (
    '20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 ' +
    '81 82 84 86 90 91 92 93 94 95 98'
  ).split(' '),
);

/** The shortest and longest numbers that are taken for phone numbers; E.164 has 15 digits, an exit code and an area zero come on top. */
const MIN_DIGITS = 7;
const MAX_DIGITS = 18;
/** With a `+`, or after a word such as "call", fewer will do. */
const MIN_DIGITS_MARKED = 5;

const EXTENSION = /[ ,]{0,2}(?:;ext=|ext\.?|extension|x|доб\.?|durchwahl|poste)[ .:]{0,2}\d{1,7}/iy;
/** Words that announce a phone number, in any of 16 languages. */
const PHONE_WORD =
  /(?:phone|\btel\b|tel[.:]|tél|mobil|móvil|\bcell|\bcall|\bfax|\bdial|whatsapp|\bsms\b|\btext\b|\bring\b|hotline|contact|telefo|telefoo|handy|rufnummer|r[uü]ckruf|anruf|t[ée]l[ée]phone|portable|appel|llam|celular|ligue|liga[cç]|cellul|chiam|richiam|\bgsm\b|\bbel\b|zadzwo|telefon|\bara\b|тел|звон|هاتف|اتصل|جوال|फ़ोन|फोन|कॉल|मोबाइल|电话|手机|致电|联系|電話|携帯|전화|연락처|\bpe\b)[^\n]{0,12}$/iu;

/** `781 1704 (office)`: how lists of contacts tell numbers apart. */
const PHONE_WORD_AFTER =
  /^[ ,-]{0,3}\(?(?:office|fax|mobile|home|work|cell|tel|phone|landline|mobil|privat|dienstlich|bureau|domicile|casa|oficina)\b/i;

/** Whether a phrase is shaped like a phone number. Whether a country really has such numbers is not asked: a mistyped one is somebody's too. */
export function isPhoneShape(phrase: NumberPhrase, isAnnounced: boolean): boolean {
  const count = digitsOf(phrase).length;
  const isMarked = phrase.hasPlus || isAnnounced;
  if (count > MAX_DIGITS || count < (isMarked ? MIN_DIGITS_MARKED : MIN_DIGITS)) return false;
  if (isMarked || phrase.groups.length === 1) return true;
  return !isPostalCode(phrase) && hasPhoneGroups(phrase);
}

/** Whether a word right before, up to 28 characters back, or right after says that this is a phone number. */
export function isAnnouncedAsPhone(text: string, { start, end }: NumberPhrase): boolean {
  return (
    PHONE_WORD.test(text.slice(Math.max(0, start - 28), start)) ||
    PHONE_WORD_AFTER.test(text.slice(end, end + 16))
  );
}

/** @returns where an extension after a phone number ends, or `end`. */
export function readExtension(text: string, end: number): number {
  EXTENSION.lastIndex = end;
  return EXTENSION.test(text) ? EXTENSION.lastIndex : end;
}

/** `+44*****12`: the country, if the number says it, and the last two digits. */
export function maskPhone(digits: string, hasPlus: boolean): string {
  const country = hasPlus ? `+${countryCodeOf(digits)}` : '';
  return `${country}*****${digits.slice(-2)}`;
}

function countryCodeOf(digits: string): string {
  if (digits.startsWith('1') || digits.startsWith('7')) return digits.slice(0, 1);
  return TWO_DIGIT_CODES.has(digits.slice(0, 2)) ? digits.slice(0, 2) : digits.slice(0, 3);
}

/** `3610-114`, `90010-170`: two groups with a dash, the second of three, are post codes of Portugal and Brazil. */
function isPostalCode(phrase: NumberPhrase): boolean {
  return /^[45]-3$/.test(shapeOf(phrase)) && phrase.groups[1]?.separator === '-';
}

/** Separators tell a phone number from a version or a decimal: with dots there are three groups or more, and none is a single digit but a leading 1. */
function hasPhoneGroups({ groups }: NumberPhrase): boolean {
  const lengths = groups.map(({ digits }) => digits.length);
  if (groups.some(({ separator }) => separator === '.')) {
    const dotted = groups[0]?.digits === '1' ? lengths.slice(1) : lengths;
    return dotted.length >= 3 && dotted.every((length) => length >= 2 && length <= 5);
  }
  const areAllShort = lengths.every((length) => length <= 2);
  if (areAllShort) return lengths.length <= 5 && lengths.slice(1).every((length) => length === 2);
  return true;
}
