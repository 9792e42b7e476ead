import { isAsciiLetter, isDigit, isSpace, isUnspacedScript, isWord } from './characters.ts';
import { maskIpAddress } from './ip.ts';
import { isOpaqueSegment, isOpaqueToken } from './opaque-word.ts';
import { isCodeKey, isSecretKey } from './sensitive-keys.ts';
import type { Finding } from './text-view.ts';

/** A link in a text: where it stands, and where its parts begin. */
export interface UrlRange {
  readonly start: number;
  readonly end: number;
}

/** What is hidden of a link: everything that can be personal, or only what gives access. */
export type UrlPolicy = 'personal' | 'credentials';

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const HIDDEN = '***';
const QUERY_KEY = /^[A-Za-z_][\w.[\]-]{0,31}$/;
/** Marks that end a link wherever they stand. */
const ENDS_URL: ReadonlySet<number> = new Set([...'"<>`\\^{|}'].map((mark) => mark.charCodeAt(0)));
const TRAILING: ReadonlySet<string> = new Set(".,;:!?)]'*");

/** Finds the parts of a whole link to hide, be it relative (`/reset?token=…`), `mailto:` or `tel:`. */
export function findLinkSecrets(link: string, policy: UrlPolicy): Finding[] {
  const query = /^(?:mailto|sms|tel):[^?]*/i.exec(link)?.[0].length ?? 0;
  return findUrlSecrets(link, { start: query, end: link.length }, policy);
}

/** Finds links: with a scheme, from `www.`, or a host with a path (`exmpl.test/r/abc`). */
export function findUrls(text: string): UrlRange[] {
  const ranges: UrlRange[] = [];
  let left = 0;
  for (let slash = text.indexOf('/'); slash !== -1; slash = text.indexOf('/', Math.max(slash + 1, left))) {
    const start =
      text[slash - 1] === ':' && text[slash + 1] === '/'
        ? schemeStart(text, slash - 1, left)
        : hostStart(text, slash, left);
    if (start === -1) continue;
    const end = urlEnd(text, slash);
    ranges.push({ start, end });
    left = end;
  }
  return ranges;
}

/** Finds the parts of a link to hide. Scheme, host and the static path stay. */
export function findUrlSecrets(text: string, range: UrlRange, policy: UrlPolicy): Finding[] {
  const findings: Finding[] = [];
  const hostAt = range.start + (SCHEME.exec(text.slice(range.start, range.start + 24))?.[0].length ?? 0);
  const pathAt = nextOf(text, hostAt, range.end, '/?#');
  findAuthoritySecrets(text, hostAt, pathAt, policy, findings);
  const queryAt = nextOf(text, pathAt, range.end, '?#');
  const fragmentAt = nextOf(text, queryAt, range.end, '#');
  findPathSecrets(text, pathAt, queryAt, findings);
  findQuerySecrets(text, queryAt + 1, fragmentAt, policy, findings);
  findFragmentSecrets(text, fragmentAt + 1, range.end, policy, findings);
  return findings;
}

function findAuthoritySecrets(
  text: string,
  start: number,
  end: number,
  policy: UrlPolicy,
  findings: Finding[],
): void {
  const userLength = text.slice(start, end).lastIndexOf('@');
  const hostAt = start + userLength + 1;
  if (userLength > 0) findings.push({ start, end: start + userLength, mask: HIDDEN });
  const hostEnd = nextOf(text, hostAt, end, ':');
  const masked = policy === 'personal' ? maskIpAddress(text.slice(hostAt, hostEnd)) : null;
  if (masked !== null) findings.push({ start: hostAt, end: hostEnd, mask: masked });
}

function findPathSecrets(text: string, start: number, end: number, findings: Finding[]): void {
  for (let at = start; at < end; ) {
    const next = Math.min(nextOf(text, at + 1, end, '/'), end);
    const segment = text.slice(at + 1, next);
    if (segment.includes('@') || segment.includes('=') || isOpaqueSegment(segment)) {
      findings.push({ start: at + 1, end: next, mask: HIDDEN });
    }
    at = next;
  }
}

function findQuerySecrets(
  text: string,
  start: number,
  end: number,
  policy: UrlPolicy,
  findings: Finding[],
): void {
  for (let at = start; at < end; ) {
    const next = nextOf(text, at, end, '&;');
    const equals = nextOf(text, at, next, '=');
    const key = text.slice(at, equals);
    if (!QUERY_KEY.test(key) && key !== '') findings.push({ start: at, end: equals, mask: HIDDEN });
    const value = text.slice(equals + 1, next);
    if (value !== '' && isHidden(value, policy, key))
      findings.push({ start: equals + 1, end: next, mask: HIDDEN });
    at = next + 1;
  }
}

function findFragmentSecrets(
  text: string,
  start: number,
  end: number,
  policy: UrlPolicy,
  findings: Finding[],
): void {
  if (start < end && isHidden(text.slice(start, end), policy, ''))
    findings.push({ start, end, mask: HIDDEN });
}

function isHidden(value: string, policy: UrlPolicy, key: string): boolean {
  return (
    policy === 'personal' ||
    isSecretKey(key) ||
    isCodeKey(key) ||
    value.includes('=') ||
    isOpaqueSegment(value) ||
    isOpaqueToken(value)
  );
}

function schemeStart(text: string, colon: number, left: number): number {
  let start = colon;
  while (start > left && colon - start < 20 && isSchemeCharacter(text.charCodeAt(start - 1))) start--;
  while (start < colon && !isAsciiLetter(text.charCodeAt(start))) start++;
  return start < colon ? start : -1;
}

function isSchemeCharacter(code: number): boolean {
  return isAsciiLetter(code) || isDigit(code) || code === 43 || code === 45 || code === 46;
}

/** The start of a bare host that ends at `slash`: labels with a dot, the last of them letters only. */
function hostStart(text: string, slash: number, left: number): number {
  let start = portStart(text, slash);
  const end = start;
  while (start > left && end - start < 253 && isHostCharacter(text.charCodeAt(start - 1))) start--;
  const dot = start + text.slice(start, end).lastIndexOf('.');
  if (dot <= start || end - dot < 3) return -1;
  for (let index = dot + 1; index < end; index++) if (!isAsciiLetter(text.charCodeAt(index))) return -1;
  return start;
}

function portStart(text: string, slash: number): number {
  let start = slash;
  while (slash - start < 6 && isDigit(text.charCodeAt(start - 1))) start--;
  return text[start - 1] === ':' && start < slash ? start - 1 : slash;
}

function isHostCharacter(code: number): boolean {
  return isAsciiLetter(code) || isDigit(code) || code === 45 || code === 46;
}

function urlEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && !endsUrl(text.charCodeAt(end))) end++;
  while (end > start && TRAILING.has(text[end - 1] ?? '') && !text.endsWith(HIDDEN, end)) end--;
  return end;
}

function endsUrl(code: number): boolean {
  if (code < 0x80) return code <= 32 || isSpace(code) || ENDS_URL.has(code);
  return isUnspacedScript(code) || (code !== 0x2007 && !isWord(code));
}

/** Where one of some characters comes next, or `end`. */
function nextOf(text: string, start: number, end: number, characters: string): number {
  for (let index = start; index < end; index++) if (characters.includes(text[index] ?? ' ')) return index;
  return end;
}
