import { isAsciiLetter, isDigit, isMaskCharacter, isSpacedLetter } from './characters.ts';
import { matchesOf } from './matches.ts';
import type { Finding } from './text-view.ts';

export const CODE_MASK = '******';

/** How far from a trigger word a code may stand, in characters. */
const REACH = 40;

/** Words that only ever announce a one-time code: after them codes with letters are taken too. */
const STRONG =
  /one[- ]?time|\botps?\b|passcode|\bpin\b|\btan\b|\b2fa\b|two-?(?:factor|step)|(?:verification|security|confirmation|log-?in|sign-?in|access|auth\w{0,12}|backup|recovery|reset) codes?\b|usage unique|einmal|bestätigungscode|sicherheitscode|verificatiecode|ओटीपी|验证码|驗證碼|校验码|动态码|認証コード|確認コード|ワンタイム|인증\s?번호|인증\s?코드/giu;
/** Words for "code" and "password" as they begin, in some thirty languages: after them a code has digits only. */
const WEAK =
  /cod(?:es?\b|ice|ici|ul\b|igo)|códig|(?<!š|\bs)kod(?!ak|ex)|kód|kood|kóòdù|pass ?(?:word|wort)|mot de passe|contraseña|clave|senha|hasł|şifre|sifre|parol|lösenord|wachtwoord|salasan|код|парол|κωδικ|رمز|كود|קוד|סיסמ|कोड|কোড|பாஸ்|รหัส|(?<!\p{L})mã(?!\p{L})|msimbo|uthibitisho|nambari|ìdánilójú|密码|密碼|コード|暗証|パスワード|코드|비밀번호/giu;
/** What turns a weak word into another thing: a promo code, a post code, an error code. */
const PLAIN_BEFORE =
  /(?:promo|promotion|discount|coupon|voucher|gift|error|status|exit|zip|postal?|area|sort|country|source|qr|bar|dress|swift|bic|product|item|colou?r|http|response|reason|currency|language|gutschein|rabatt|aktions|fehler|buchungs?|\b(?:uni|en|de)|réduction|descuento|desconto|sconto|kortings?|rabat|indirim|промо|优惠|折扣|クーポン|cupom)[\s:-]{0,2}$/iu;
const PLAIN_AFTER = /^ ?(?:postal|promo|barre|fiscal|of\b|réduction|descuento|sconto|review|freeze|base\b)/iu;

const CURRENCY_BEFORE = /(?:[$€£¥₹₦₽₺₩]|\b(?:USD|EUR|GBP|NGN|INR|Rs\.?|kr|R\$))[ ]?$/i;
const UNIT_AFTER = /^[ ]?(?:[%°€£$¥₹₽₺元円]|(?:USD|EUR|GBP|NGN|zł|kr|TL|руб|kWh|km|kg|MB|GB)(?!\p{L}))/iu;
const DIGIT_CODE = /\d{4,8}|\d{3}[ -]\d{3}|\d(?:[ \n]\d){3,7}/y;
const LETTER_CODE = /[A-Z0-9]{6,8}/y;

/** Marks inside dates, decimals, times and ranges. */
const JOINTS: ReadonlySet<number> = new Set([...'.,:/-'].map((mark) => mark.charCodeAt(0)));

/** Digits that a code may begin with or consist of. */
const CODE_LIKE = /\d{3,}|\d[A-Z]|[A-Z]\d|\d[ \n]\d[ \n]\d/g;
/** The reach, and as much again as the longest trigger is. */
const MARGIN = REACH + 40;

/** What may stand between a trigger word and a code that looks like a year. */
const RIGHT_AFTER = /^(?:[ :=-]{1,3}| (?:is|ist|est|es|é|è) )$/;

interface Range {
  readonly start: number;
  readonly end: number;
}

interface Trigger extends Range {
  readonly allowsLetters: boolean;
}

/** Finds one-time codes: four to eight digits, or six to eight capitals with digits, near a word that announces one. Each window is bounded. */
export function findOneTimeCodes(text: string): Finding[] {
  const findings: Finding[] = [];
  for (const trigger of findTriggers(text)) {
    const end = Math.min(text.length, trigger.end + REACH);
    for (let position = Math.max(0, trigger.start - REACH); position < end; ) {
      const code = readCode(text, position, trigger);
      if (code !== null) findings.push(code);
      position = code?.end ?? position + 1;
    }
  }
  return findings;
}

function findTriggers(text: string): Trigger[] {
  return rangesNearCodes(text).flatMap((range) => [
    ...triggersIn(text, range, STRONG),
    ...triggersIn(text, range, WEAK).filter((trigger) => !isPlain(text, trigger)),
  ]);
}

function triggersIn(text: string, range: Range, pattern: RegExp): Trigger[] {
  const matches = matchesOf(pattern, text.slice(range.start, range.end));
  const allowsLetters = pattern === STRONG;
  return matches.map(({ start, end }) => ({
    start: start + range.start,
    end: end + range.start,
    allowsLetters,
  }));
}

/** Where something like a code is near: triggers elsewhere announce nothing, and most of a text is elsewhere. */
function rangesNearCodes(text: string): Range[] {
  const ranges: { start: number; end: number }[] = [];
  for (const { start, end } of matchesOf(CODE_LIKE, text)) {
    const last = ranges.at(-1);
    if (last !== undefined && start - MARGIN <= last.end) last.end = end + MARGIN;
    else ranges.push({ start: Math.max(0, start - MARGIN), end: end + MARGIN });
  }
  return ranges;
}

function isPlain(text: string, { start, end }: Trigger): boolean {
  return (
    PLAIN_BEFORE.test(text.slice(Math.max(0, start - 16), start)) ||
    PLAIN_AFTER.test(text.slice(end, end + 12))
  );
}

function readCode(text: string, start: number, trigger: Trigger): Finding | null {
  const end = isCodeStart(text, start) ? codeEnd(text, start, trigger.allowsLetters) : start;
  if (
    end === start ||
    isPartOfMore(text, start, end) ||
    (start < trigger.start && followsDigits(text, start)) ||
    isYearOrAmount(text, start, end, trigger)
  )
    return null;
  return { start, end, mask: CODE_MASK };
}

function isCodeStart(text: string, position: number): boolean {
  const code = text.charCodeAt(position);
  if (!isDigit(code) && !(isAsciiLetter(code) && code < 97)) return false;
  const previous = text.charCodeAt(position - 1);
  return (
    !isDigit(previous) &&
    !isSpacedLetter(previous) &&
    !isMaskCharacter(previous) &&
    previous !== 35 &&
    previous !== 95
  );
}

function codeEnd(text: string, start: number, allowsLetters: boolean): number {
  DIGIT_CODE.lastIndex = start;
  if (DIGIT_CODE.test(text)) return DIGIT_CODE.lastIndex;
  LETTER_CODE.lastIndex = start;
  const word = allowsLetters ? LETTER_CODE.exec(text)?.[0] : undefined;
  return word !== undefined && /\d/.test(word) && /[A-Z]/.test(word) ? start + word.length : start;
}

/** Digits that go on, as those of a date, a decimal, a time, a phone number or a longer word do. */
function isPartOfMore(text: string, start: number, end: number): boolean {
  const next = text.charCodeAt(end);
  if (isDigit(next) || isSpacedLetter(next)) return true;
  if (JOINTS.has(next) && isDigit(text.charCodeAt(end + 1))) return true;
  return JOINTS.has(text.charCodeAt(start - 1)) && isDigit(text.charCodeAt(start - 2));
}

/** The later groups of a phone number before the trigger word are no codes. Right after a trigger word anything may be one. */
function followsDigits(text: string, start: number): boolean {
  return text[start - 1] === ' ' && isDigit(text.charCodeAt(start - 2));
}

function isYearOrAmount(text: string, start: number, end: number, trigger: Trigger): boolean {
  if (
    CURRENCY_BEFORE.test(text.slice(Math.max(0, start - 5), start)) ||
    UNIT_AFTER.test(text.slice(end, end + 5))
  )
    return true;
  const isYear = /^(?:19|20)\d\d$/.test(text.slice(start, end));
  return isYear && !RIGHT_AFTER.test(text.slice(trigger.end, Math.min(start, trigger.end + 8)));
}
