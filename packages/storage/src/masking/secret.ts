import { matchesOf } from './matches.ts';
import { CODE_MASK } from './one-time-code.ts';
import { isOpaqueToken } from './opaque-word.ts';
import type { Finding } from './text-view.ts';
import { isTokenCharacter, type Token } from './tokens.ts';

export const SECRET_MASK = '[secret]';

/** How keys of well-known services begin. */
const KNOWN_PREFIX =
  /^(?:[sprk]k_(?:live|test)_|re_[A-Za-z0-9]{4}|whsec_|AKIA[A-Z0-9]{12}|ASIA[A-Z0-9]{12}|A[CK][0-9a-f]{32}|SK[0-9a-f]{32}|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|xapp-|SG\.[\w-]{16}|AIza[\w-]{30}|ya29\.|npm_[A-Za-z0-9]{20}|pypi-|shp(?:at|ss|ca|pa)_|sq0[a-z]{3}-|dop_v1_|hf_[A-Za-z]{20}|key-[0-9a-f]{32}|eyJ[\w-]{8,})/;
const MIN_TOKEN_LENGTH = 12;

/** What stands before the `:` or `=` of `password: …`, `api_key=…`, in a dozen languages. */
const LABEL =
  /(?:pass ?(?:word|wort|phrase)|passwd|\bpwd|api[ _-]?key|access[ _-]?key|secret(?:[ _-]?key)?|token|mot de passe|contraseña|senha(?: temporária)?|wachtwoord|hasło|şifre|lösenord|пароль|密码|パスワード)["']?(?: (?:is|ist|est|es|é|è))?[ \t]{0,3}$/iu;
const LABEL_END = /[:=]/g;
const MAX_LABEL_LENGTH = 28;
const LABELLED_VALUE = /[ \t\n]{0,3}["']?([^\s"',;<>&]{4,})/y;
/** The same in a sentence, where only what has a digit is taken for a password. */
const STATED =
  /(?:pass ?(?:word|wort|phrase)|mot de passe|contraseña|senha|wachtwoord) (?:is|ist|est|es|é|è) ([^\s"',;<>&]{4,})/giu;
const AUTHORIZATION = /\b(?:bearer|basic)[ \t]{1,3}([\w+/.~=-]{8,})/gi;
const CARD_CODE =
  /\b(?:cvv2?|cvc2?|card security code|prüfziffer|kartenprüfnummer)[^\d\n]{0,12}(\d{3,4})(?!\d)/giu;
const PRIVATE_KEY_START = '-----BEGIN ';
const PRIVATE_KEY_END = '-----END ';

/** Finds keys, tokens, passwords and card codes that are known as such by how they begin or by what stands before them. */
export function findKnownSecrets(text: string, tokens: readonly Token[]): Finding[] {
  return [...findInTokens(text, tokens, isKnownToken), ...findLabelledSecrets(text)];
}

/** Finds, besides those, long random words: device tokens, hashes, keys of services that are not known. */
export function findSecrets(text: string, tokens: readonly Token[]): Finding[] {
  return [
    ...findInTokens(text, tokens, (token) => isKnownToken(token) || isOpaqueToken(token)),
    ...findLabelledSecrets(text),
  ];
}

function isKnownToken(token: string): boolean {
  return KNOWN_PREFIX.test(token);
}

function findLabelledSecrets(text: string): Finding[] {
  return [
    ...findPrivateKeys(text),
    ...findLabelledValues(text),
    ...findGroup(text, STATED, SECRET_MASK).filter(({ start, end }) => /\d/.test(text.slice(start, end))),
    ...findGroup(text, AUTHORIZATION, SECRET_MASK).filter(
      ({ start, end }) => end - start >= 16 || /\d/.test(text.slice(start, end)),
    ),
    ...findGroup(text, CARD_CODE, CODE_MASK),
  ];
}

function findInTokens(
  text: string,
  tokens: readonly Token[],
  isSecret: (token: string) => boolean,
): Finding[] {
  const findings: Finding[] = [];
  let left = 0;
  for (const { start, end } of tokens) {
    if (start < left || end - start < MIN_TOKEN_LENGTH || !isSecret(text.slice(start, end))) continue;
    left = restOfToken(text, end);
    findings.push({ start, end: left, mask: SECRET_MASK });
  }
  return findings;
}

/** Base64 goes on where words end. */
function restOfToken(text: string, end: number): number {
  let rest = end;
  while (isTokenCharacter(text.charCodeAt(rest)) || '+/=~'.includes(text[rest] ?? ' ')) rest++;
  while (text[rest - 1] === '.') rest--;
  return rest;
}

function findPrivateKeys(text: string): Finding[] {
  const findings: Finding[] = [];
  let start = text.indexOf(PRIVATE_KEY_START);
  while (start !== -1) {
    const footer = text.indexOf(PRIVATE_KEY_END, start);
    const footerEnd = footer === -1 ? -1 : text.indexOf('-----', footer + PRIVATE_KEY_END.length);
    const end = footerEnd === -1 ? text.length : footerEnd + 5;
    if (text.slice(start, start + 48).includes('PRIVATE KEY'))
      findings.push({ start, end, mask: SECRET_MASK });
    start = text.indexOf(PRIVATE_KEY_START, end);
  }
  return findings;
}

function findLabelledValues(text: string): Finding[] {
  const findings: Finding[] = [];
  let left = 0;
  for (const { start, end } of matchesOf(LABEL_END, text)) {
    if (start < left || !LABEL.test(text.slice(Math.max(0, start - MAX_LABEL_LENGTH), start))) continue;
    LABELLED_VALUE.lastIndex = end;
    const value = LABELLED_VALUE.exec(text)?.[1];
    if (value === undefined) continue;
    left = LABELLED_VALUE.lastIndex;
    const finding = { start: left - value.length, end: left, mask: SECRET_MASK };
    if (looksLikeSecret(text, finding)) findings.push(finding);
  }
  return findings;
}

/** The first group of each match. It stands at the end of the match in all of these patterns. */
function findGroup(text: string, pattern: RegExp, mask: string): Finding[] {
  return matchesOf(pattern, text).map(({ end, group }) => ({ start: end - group.length, end, mask }));
}

/** After a label comes a secret, or a sentence about secrets ("Password: required for all users"), which begins with a plain word and goes on. */
function looksLikeSecret(text: string, { start, end }: Finding): boolean {
  const value = text.slice(start, end);
  if (value.startsWith('***') || value.startsWith('[')) return false;
  const isPlainWord = /^\p{Lu}?\p{Ll}+[.!?)]?$/u.test(value);
  return !isPlainWord || text[start - 1] === '=' || /^[ \t]*(?:\n|$)/.test(text.slice(end, end + 8));
}
