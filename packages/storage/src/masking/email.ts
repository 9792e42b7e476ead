import { isAsciiLetter, isDigit, isWord } from './characters.ts';
import type { Finding } from './text-view.ts';

const DOT = 46;
const HYPHEN = 45;
const QUOTE = 34;
/** Marks that a local part may hold. Those that more often stand around an address (`= ? & / ' |`) are left out, but for an inner apostrophe. */
const LOCAL_MARKS: ReadonlySet<number> = new Set([...'.!#$%*+-^_`{}~'].map((mark) => mark.charCodeAt(0)));
const FIRST_CHARACTER = /^[\p{L}\p{N}]\p{M}*/u;

/** Finds e-mail addresses by their `@`. Linear: what is left of an `@` is read back no further than to the one before. */
export function findEmails(text: string): Finding[] {
  const findings: Finding[] = [];
  let left = 0;
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const start = readLocalPart(text, at, left);
    const end = start < at ? readDomain(text, at + 1) : at;
    left = at + 1;
    if (start === at || end <= at + 1) continue;
    const local = text.slice(start, at);
    if (!isMaskedLocalPart(local))
      findings.push({ start, end, mask: maskLocalPart(local) + text.slice(at, end) });
    left = end;
  }
  return findings;
}

/** `j***` for `john`; `***` for one or two characters, of which the first would tell too much. */
export function maskLocalPart(local: string): string {
  const bare = local.startsWith('"') ? local.slice(1, -1) : local;
  const first = FIRST_CHARACTER.exec(bare)?.[0] ?? '';
  return bare.length - first.length < 2 ? '***' : `${first}***`;
}

function isMaskedLocalPart(local: string): boolean {
  return local.endsWith('***') && [...local].length <= 4;
}

function readLocalPart(text: string, at: number, left: number): number {
  if (text.charCodeAt(at - 1) === QUOTE) return readQuotedLocalPart(text, at, left);
  let start = at;
  while (start > left && isLocal(text, start - 1)) start--;
  while (start < at && !isWord(text.charCodeAt(start)) && !isOwnMask(text, start)) start++;
  return start;
}

function isOwnMask(text: string, start: number): boolean {
  return text.startsWith('***@', start);
}

function isLocal(text: string, position: number): boolean {
  const code = text.charCodeAt(position);
  if (isWord(code) || LOCAL_MARKS.has(code)) return true;
  return code === 39 && isWord(text.charCodeAt(position - 1)) && isWord(text.charCodeAt(position + 1));
}

function readQuotedLocalPart(text: string, at: number, left: number): number {
  for (let start = at - 2; start >= left && at - start <= 66; start--) {
    const code = text.charCodeAt(start);
    if (code === 10) break;
    if (code === QUOTE) return start;
  }
  return at;
}

/** @returns the end of a domain with at least one dot and a last label that starts with a letter; otherwise `start`. */
function readDomain(text: string, start: number): number {
  if (text[start] === '[') return readAddressLiteral(text, start);
  let end = start;
  while (isWord(text.charCodeAt(end)) || text.charCodeAt(end) === HYPHEN || isInnerDot(text, end, start))
    end++;
  const lastDot = start + text.slice(start, end).lastIndexOf('.');
  const isDomain = lastDot > start && end - lastDot > 2 && !isDigit(text.charCodeAt(lastDot + 1));
  if (isDomain) return end;
  return endsInNumber(text, start, end) ? end : start;
}

function isInnerDot(text: string, position: number, start: number): boolean {
  return text.charCodeAt(position) === DOT && position > start && isWord(text.charCodeAt(position + 1));
}

function readAddressLiteral(text: string, start: number): number {
  const length = text.slice(start, start + 50).indexOf(']');
  return length === -1 ? start : start + length + 1;
}

/** `ada@192.0.2.1`: four numbers are a host too; fewer (`react@18.2.0`) are a version. */
function endsInNumber(text: string, start: number, end: number): boolean {
  const labels = text.slice(start, Math.min(end, start + 16)).split('.');
  return (
    labels.length === 4 &&
    labels.every((label) => /^\d{1,3}$/.test(label)) &&
    !isAsciiLetter(text.charCodeAt(end))
  );
}
