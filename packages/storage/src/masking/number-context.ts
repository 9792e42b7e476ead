import { isDigit, isMaskCharacter, isSpacedLetter } from './characters.ts';
import { type DigitGroup, digitsOf, type NumberPhrase } from './number-phrase.ts';

/**
 * What says that digits are no one's number: dates, times, amounts, versions, references, house numbers. Each function looks at a bounded stretch
 * around the digits.
 */

const CURRENCY_BEFORE =
  /(?:[$€£¥₹₦₽₺₩₫฿]|R\$|\b(?:USD|EUR|GBP|CHF|NGN|INR|JPY|CNY|BRL|PLN|TRY|SEK|NOK|DKK|KES|ZAR|RUB|Rs\.?|kr\.?))[ \u2007]?-?$/i;
const AMOUNT_AFTER =
  /^(?:,\d{1,2}(?!\d)|[ \u2007]?(?:[%°€£$¥₹₽₺₩元円]|(?:USD|EUR|GBP|CHF|NGN|INR|JPY|CNY|BRL|PLN|TRY|SEK|NOK|DKK|KES|ZAR|RUB|zł|kr|TL|руб|грн|kWh|km|kg|MB|GB|MiB|GiB)(?![\p{L}])))/iu;
/** Nouns for things a company numbers: orders, invoices, parcels, tickets, books. */
const REFERENCE_BEFORE =
  /(?:[#№]|\border|bestell|auftrag|commande|pedido|ordine|encomenda|bestelling|zam[óo]wieni|sipari[şs]|заказ|замовлення|ऑर्डर|طلب|订单|單號|单号|注文|invoice|rechnung|facture|factura|fattura|faktura|fatura|factuur|\bticket|vorgang|tracking|sendung|parcel|\bref(?:erence)?\b|referenz|\bisbn|\bissn|\bean\b|\bsku\b|\bbuild|\bversion|\bjob)[^\d\n,;?!]{0,16}$/iu;
const VERSION_BEFORE = /(?:\bv|version|build|release|section|chapter|§|abschnitt|kapitel|rev)[ .:]{0,2}$/i;
const CAPITALISED_AFTER = /^[ \u2007]\p{Lu}[\p{L}'.]/u;
const OWN_IP_MASK_AFTER = /^\.x(?![\p{L}\d])/u;

/** The currency or the unit beside a number. */
export function isAmount(text: string, { start, end }: NumberPhrase): boolean {
  return CURRENCY_BEFORE.test(before(text, start, 8)) || AMOUNT_AFTER.test(text.slice(end, end + 8));
}

/** `order 10045872`: a number the sender gave to a thing. */
export function isReference(text: string, { start }: NumberPhrase): boolean {
  return REFERENCE_BEFORE.test(before(text, start, 32));
}

export function isVersion(text: string, { start }: NumberPhrase): boolean {
  return VERSION_BEFORE.test(before(text, start, 12));
}

/** `224 4966 Bond Street`: two short groups before a capitalised word. */
export function isHouseNumber(text: string, { groups, end }: NumberPhrase): boolean {
  const [, second, third] = groups;
  if (second === undefined || third !== undefined || second.separator !== ' ') return false;
  if (second.digits.length <= 2) return true;
  return second.digits.length <= 5 && CAPITALISED_AFTER.test(text.slice(end, end + 4));
}

/** What we put in place of an IP address before. */
export function isMaskedIp(text: string, { end }: NumberPhrase): boolean {
  return OWN_IP_MASK_AFTER.test(text.slice(end, end + 3));
}

/** Digits that belong to a word (`LH2040`, `INV-2024-0042`), to a time, to a decimal, or to a mask. */
export function isAttached(text: string, { start, end }: NumberPhrase): boolean {
  const previous = text.charCodeAt(start - 1);
  const beforeThat = text.charCodeAt(start - 2);
  if (isMaskCharacter(previous) || isSpacedLetter(previous) || previous === 95) return true;
  if (previous === 45 && isSpacedLetter(beforeThat)) return true;
  if (previous === 58 && isDigit(beforeThat)) return true;
  return text[end] === ':' && isDigit(text.charCodeAt(end + 1));
}

/** `,234` of `1,234`: up to three digits after a comma that follows a digit. */
export function isAfterDecimalComma(text: string, group: DigitGroup): boolean {
  return (
    group.digits.length <= 3 && text[group.start - 1] === ',' && isDigit(text.charCodeAt(group.start - 2))
  );
}

/** Days, months and a year, in any order and with any separator; two years; a day written as eight digits, with or without a time. */
export function isDate({ groups }: NumberPhrase): boolean {
  const values = groups.map(({ digits }) => digits);
  if (values.length === 1) return isCompactDate(values[0] ?? '');
  if (values.every(isYear)) return true;
  const [first = '', last = ''] = [values[0], values.at(-1)];
  if (isYear(last) && values.slice(0, -1).every(isDayOrMonth)) return true;
  if (isYear(first) && values.slice(1).every(isDayOrMonth)) return true;
  return (
    values.length === 3 && values.slice(0, 2).every(isDayOrMonth) && last.length === 2 && haveMonth(values)
  );
}

/** `0900-1700`: two times of the day. */
export function isTimeSpan({ groups }: NumberPhrase): boolean {
  return (
    groups.length === 2 &&
    groups.every(({ digits }) => /^(?:[01]\d|2[0-4])(?:00|15|30|45)$/.test(digits)) &&
    groups[1]?.separator !== ' '
  );
}

/** `1 200 000`, `12.99`: thousands that end in zeros, or one decimal point. */
export function isQuantity(phrase: NumberPhrase): boolean {
  const [first, second, ...more] = phrase.groups;
  if (first === undefined || second === undefined) return false;
  if (more.length === 0 && second.separator === '.') return true;
  const areSpaced = phrase.groups.slice(1).every(({ separator }) => separator === ' ' || separator === '.');
  const areThousands =
    areSpaced &&
    /^[1-9]\d{0,2}$/.test(first.digits) &&
    phrase.groups.slice(1).every(({ digits }) => digits.length === 3);
  return areThousands && more.length > 0 && (first.digits.length === 1 || digitsOf(phrase).endsWith('000'));
}

/** `123456/2025`: a running number of a year. */
export function isNumberOfYear({ groups }: NumberPhrase): boolean {
  return groups.length === 2 && groups[1]?.separator === '/' && groups.some(({ digits }) => isYear(digits));
}

function isCompactDate(digits: string): boolean {
  return /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d[0-5]\d[0-5]\d|2[0-3][0-5]\d[0-5]\d)?$/.test(
    digits,
  );
}

function isYear(digits: string): boolean {
  return /^(?:19|20)\d\d$/.test(digits);
}

function isDayOrMonth(digits: string): boolean {
  return digits.length <= 2 && Number(digits) <= 31;
}

function haveMonth(values: readonly string[]): boolean {
  return values.slice(0, 2).some((value) => Number(value) <= 12 && Number(value) > 0);
}

function before(text: string, position: number, length: number): string {
  return text.slice(Math.max(0, position - length), position);
}
