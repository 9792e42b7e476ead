import { isAsciiLetter, isDigit, isSpacedLetter } from './characters.ts';
import type { Finding } from './text-view.ts';

const V4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
const HEXTET = /^[0-9a-f]{1,4}$/i;
/** The longest textual form, `0000:…:255.255.255.255`, has 45 characters; a zone follows a `%`. */
const MAX_V6_LENGTH = 45;

/** The network of an address, `203.0.113.x` or `2001:db8:85a3::x`; `null` when the text is not exactly an IP address. */
export function maskIpAddress(text: string): string | null {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  return maskV4(bare) ?? maskV6(bare);
}

/** Eight groups of a digit each, and seven colons: what has no `::` and is shorter is a time or a ratio. */
const MIN_FULL_V6_LENGTH = 15;

/** Finds IPv6 addresses by their colons, with their zone. */
export function findV6Addresses(text: string): Finding[] {
  const findings: Finding[] = [];
  let left = 0;
  for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', Math.max(colon + 1, left))) {
    const start = tokenStart(text, colon, left);
    const end = tokenEnd(text, colon);
    left = end;
    if (end - start < 6 || end - start > MAX_V6_LENGTH || isSpacedLetter(text.charCodeAt(start - 1)))
      continue;
    const token = text.slice(start, end);
    if (token.length < MIN_FULL_V6_LENGTH && !token.includes('::')) continue;
    const mask = isSpacedLetter(text.charCodeAt(end)) ? null : maskV6(token);
    if (mask !== null) findings.push({ start, end: zoneEnd(text, end), mask });
  }
  return findings;
}

export function maskV4(text: string): string | null {
  const match = V4.exec(text);
  if (match === null || match.slice(1).some((part) => Number(part) > 255)) return null;
  return `${match[1]}.${match[2]}.${match[3]}.x`;
}

function maskV6(text: string): string | null {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0 || !/[0-9]/.test(text)) return null;
  const heads = hextets(head);
  const tails = tail === undefined ? [] : hextets(tail);
  if (heads === null || tails === null) return null;
  const count = heads.length + tails.length;
  if (tail === undefined ? count !== 8 : count > 7 || count < 2) return null;
  const mapped = tails.at(-1) ?? '';
  if (mapped.includes('.')) return `${head}::${[...tails.slice(0, -1), maskV4(mapped)].join(':')}`;
  return `${heads.slice(0, 3).join(':')}::x`;
}

function hextets(text: string): string[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const isValid = parts.every(
    (part, index) => HEXTET.test(part) || (index === parts.length - 1 && maskV4(part) !== null),
  );
  return isValid ? parts : null;
}

function tokenStart(text: string, colon: number, left: number): number {
  let start = colon;
  while (start > left && colon - start < 5 && isTokenCharacter(text.charCodeAt(start - 1))) start--;
  return start;
}

function tokenEnd(text: string, colon: number): number {
  let end = colon;
  while (isTokenCharacter(text.charCodeAt(end)) || text.charCodeAt(end) === 58) end++;
  while (end > colon + 1 && (text[end - 1] === '.' || (text[end - 1] === ':' && text[end - 2] !== ':')))
    end--;
  return end;
}

function isTokenCharacter(code: number): boolean {
  return isDigit(code) || code === 46 || ((code | 32) >= 97 && (code | 32) <= 102);
}

function zoneEnd(text: string, end: number): number {
  if (text[end] !== '%') return end;
  let zone = end + 1;
  while (zone - end < 16 && (isAsciiLetter(text.charCodeAt(zone)) || isDigit(text.charCodeAt(zone)))) zone++;
  return zone;
}
