import { ContentPrivacy } from '../notification-log.ts';
import { findEmails } from './email.ts';
import { mergeFindings } from './findings.ts';
import { findIbans } from './iban.ts';
import { findV6Addresses } from './ip.ts';
import { findLetteredIds } from './national-id.ts';
import { findCards, findNumbers } from './number.ts';
import { findOneTimeCodes } from './one-time-code.ts';
import { createPersonalValueMatcher, type PersonalValueMatcher } from './personal-values.ts';
import { findKnownSecrets, findSecrets } from './secret.ts';
import { createTextView, type Finding, replaceFindings } from './text-view.ts';
import { readTokens, type Token } from './tokens.ts';
import { findLinkSecrets, findUrlSecrets, findUrls, type UrlRange } from './url.ts';

/** How much a log keeps of a message. */
export type MaskingLevel = ContentPrivacy;

/** What to mask. */
export interface MaskingOptions {
  readonly level: MaskingLevel;
  /**
   * Values known to be personal: names, street addresses, customer numbers. Masked wherever they occur, whatever their case, accents, white space and
   * encoding; the words of a value also alone.
   */
  readonly personalValues?: readonly string[];
}

/** Masks the texts of one row: what it needs to know of the personal values is prepared once. */
export interface Masker {
  readonly level: MaskingLevel;
  /** What is to be replaced in the text of a view, sorted and disjoint. */
  find(text: string): Finding[];
  maskText(text: string): string;
  /** Masks a text that is one link as a whole, relative or not. */
  maskLink(link: string): string;
}

/**
 * After a mask is in place, what stands next to it may be seen differently: a code that followed digits stands alone. One more may come into view with each pass, and
 * ten codes of four digits fit into the reach of a trigger word; then one pass sees that nothing changes.
 */
const MAX_PASSES = 12;

/** A masker for texts of one row. At level `private` it masks as `masked` does: leaving texts out is up to who keeps them. */
export function createMasker(options: MaskingOptions): Masker {
  const isPublic = options.level === ContentPrivacy.PUBLIC;
  const matcher = isPublic ? null : matcherOf(options.personalValues ?? []);
  const find = isPublic ? findCredentials : (text: string) => findPersonal(text, matcher);
  const policy = isPublic ? 'credentials' : 'personal';
  const findInLink = (link: string) => mergeFindings([...findLinkSecrets(link, policy), ...find(link)]);
  return {
    level: options.level,
    find,
    maskText: (text) => untilStable(text, (current) => maskOnce(current, find)),
    maskLink: (link) => untilStable(link, (current) => maskOnce(current, findInLink)),
  };
}

/** Matchers by the list they were made of: all texts of a row come with the same one. Only frozen lists are remembered; another may have changed meanwhile. */
const matchers = new WeakMap<readonly string[], PersonalValueMatcher | null>();

function matcherOf(values: readonly string[]): PersonalValueMatcher | null {
  const known = matchers.get(values);
  if (known !== undefined) return known;
  const matcher = createPersonalValueMatcher(values);
  if (Object.isFrozen(values)) matchers.set(values, matcher);
  return matcher;
}

/** Repeats a change until it changes nothing more, so that masking what is masked changes nothing either. */
export function untilStable(text: string, change: (text: string) => string): string {
  let current = text;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const next = change(current);
    if (next === current) break;
    current = next;
  }
  return current;
}

function maskOnce(text: string, find: (text: string) => Finding[]): string {
  const view = createTextView(text);
  return replaceFindings(text, view, find(view.text));
}

/** What gives access to something: it goes at every level. */
function findCredentials(text: string): Finding[] {
  const links = findUrls(text);
  return mergeFindings([
    ...links.flatMap((link) => findUrlSecrets(text, link, 'credentials')),
    ...findKnownSecrets(text, readTokens(text)),
    ...(hasDigits(text) ? [...findOneTimeCodes(text), ...findCards(text, links)] : []),
  ]);
}

/** Everything that is known to be personal, besides what gives access. Where two findings are alike, the first in this list names it. */
function findPersonal(text: string, matcher: PersonalValueMatcher | null): Finding[] {
  const links = findUrls(text);
  const tokens = readTokens(text);
  return mergeFindings([
    ...links.flatMap((link) => findUrlSecrets(text, link, 'personal')),
    ...findSecrets(text, tokens),
    ...outsideLinks(findEmails(text), links),
    ...(hasDigits(text) ? findInDigits(text, links, tokens) : []),
    ...(matcher?.find(text) ?? []),
  ]);
}

function findInDigits(text: string, links: readonly UrlRange[], tokens: readonly Token[]): Finding[] {
  return [
    ...findOneTimeCodes(text),
    ...findIbans(text),
    ...findLetteredIds(text, tokens),
    ...findV6Addresses(text),
    ...findNumbers(text, links),
  ];
}

/** An `@` inside a link parts its user from its host, or stands in a part that is hidden as a whole. */
function outsideLinks(findings: readonly Finding[], links: readonly UrlRange[]): Finding[] {
  let next = 0;
  return findings.filter(({ start }) => {
    while ((links[next]?.end ?? Number.POSITIVE_INFINITY) <= start) next++;
    return start < (links[next]?.start ?? Number.POSITIVE_INFINITY);
  });
}

/** Most of what is looked for has digits, and most texts of a log are short enough to have none. */
function hasDigits(text: string): boolean {
  return /\d/.test(text);
}
