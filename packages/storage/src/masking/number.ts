import { isCardNumber, isCardShape, maskCard, NUMBER_MASK } from './card.ts';
import { maskV4 } from './ip.ts';
import { ID_MASK, isIdShape } from './national-id.ts';
import {
  isAfterDecimalComma,
  isAmount,
  isAttached,
  isDate,
  isHouseNumber,
  isMaskedIp,
  isNumberOfYear,
  isQuantity,
  isReference,
  isTimeSpan,
  isVersion,
} from './number-context.ts';
import {
  type DigitGroup,
  digitsOf,
  type NumberPhrase,
  readNumberPhrases,
  shapeOf,
  toPhrase,
} from './number-phrase.ts';
import { isAnnouncedAsPhone, isPhoneShape, maskPhone, readExtension } from './phone.ts';
import type { Finding } from './text-view.ts';
import type { UrlRange } from './url.ts';

/** Fewer digits than any number that is looked for. */
const MIN_DIGITS = 5;
/** From here on digits are a number of someone, whatever it is: an account, a document, a card. */
const MIN_DIGITS_UNKNOWN = 12;

/**
 * Finds what is written in digits: phone numbers, cards, national ids, IPv4 addresses, accounts. Shape decides; context only excludes dates, amounts,
 * versions and the sender's own reference numbers. Links are left to {@link findUrlSecrets}.
 */
export function findNumbers(text: string, links: readonly UrlRange[]): Finding[] {
  return candidatesOutside(text, links).flatMap((candidate) => findInCandidate(text, candidate) ?? []);
}

/** Finds card numbers only: by checksum, or in the groups that are printed on cards. */
export function findCards(text: string, links: readonly UrlRange[]): Finding[] {
  return candidatesOutside(text, links).flatMap((candidate) => findCardRuns(text, candidate));
}

function candidatesOutside(text: string, links: readonly UrlRange[]): NumberPhrase[] {
  let next = 0;
  return readNumberPhrases(text).flatMap((phrase) => {
    if (phrase.end - phrase.start < MIN_DIGITS) return [];
    while ((links[next]?.end ?? Number.POSITIVE_INFINITY) <= phrase.start) next++;
    const isInLink = (links[next]?.start ?? Number.POSITIVE_INFINITY) <= phrase.start;
    return isInLink ? [] : splitIntoCandidates(text, phrase);
  });
}

/**
 * Cuts dates, times, decimals and parts of words out of a phrase; what is left between them is what may be a number of someone. An IP address is one by
 * itself.
 */
function splitIntoCandidates(text: string, phrase: NumberPhrase): NumberPhrase[] {
  const candidates: NumberPhrase[] = [];
  let kept: DigitGroup[] = [];
  for (const chunk of chunksOf(phrase.groups)) {
    const isPhoneBegun = kept.length > 0 && beginsPhone(text, toPhrase(text, kept));
    const phraseOfChunk = toPhrase(text, chunk);
    const isAddress =
      chunk.length === 4 && maskV4(text.slice(phraseOfChunk.start, phraseOfChunk.end)) !== null;
    if (!isAddress && (isPhoneBegun || !isExcluded(text, phraseOfChunk))) {
      kept.push(...chunk);
      continue;
    }
    if (kept.length > 0) candidates.push(toPhrase(text, kept));
    if (isAddress && !isExcluded(text, phraseOfChunk)) candidates.push(phraseOfChunk);
    kept = [];
  }
  if (kept.length > 0) candidates.push(toPhrase(text, kept));
  return candidates;
}

/** After a country or an area code in brackets, what looks like a span of years is the rest of the number. */
function beginsPhone(text: string, { start, hasPlus }: NumberPhrase): boolean {
  return hasPlus || text[start] === '(';
}

/** Groups that no space separates. */
function chunksOf(groups: readonly DigitGroup[]): DigitGroup[][] {
  const chunks: DigitGroup[][] = [];
  for (const group of groups) {
    const last = chunks.at(-1);
    if (last === undefined || /[ \u2007]/.test(group.separator)) chunks.push([group]);
    else last.push(group);
  }
  return chunks;
}

function isExcluded(text: string, chunk: NumberPhrase): boolean {
  const first = chunk.groups[0] as DigitGroup; // A chunk has at least one group.
  if (isAfterDecimalComma(text, first)) return true;
  if (isAttached(text, chunk)) return !isCardNumber(digitsOf(chunk)) && !isAnnouncedAsPhone(text, chunk);
  if (chunk.groups.length === 1) return false;
  return isDate(chunk) || isTimeSpan(chunk) || isNumberOfYear(chunk) || (isQuantity(chunk) && !chunk.hasPlus);
}

function findInCandidate(text: string, candidate: NumberPhrase): Finding | null {
  const digits = digitsOf(candidate);
  const { start, end, hasPlus } = candidate;
  if (digits.length < 4 || isMaskedIp(text, candidate)) return null;
  const ip = findV4(text, candidate);
  if (ip !== null) return ip;
  if (digits.length < MIN_DIGITS) return null;
  const isAnnounced = isAnnouncedAsPhone(text, candidate);
  if (!hasPlus && !isAnnounced && isHarmless(text, candidate)) return null;
  if (isIdShape(candidate)) return { start, end, mask: ID_MASK };
  if (!hasPlus && isCardShape(digits, shapeOf(candidate))) return { start, end, mask: maskCard(digits) };
  if (isPhoneShape(candidate, isAnnounced)) {
    return { start, end: readExtension(text, end), mask: maskPhone(digits, hasPlus) };
  }
  const isUnknownNumber =
    digits.length >= MIN_DIGITS_UNKNOWN && !candidate.groups.some(({ separator }) => separator === '.');
  return isUnknownNumber ? { start, end, mask: NUMBER_MASK } : null;
}

/** Whether what stands around a number, or its own form, says that it is no one's. A card by checksum never is. */
function isHarmless(text: string, candidate: NumberPhrase): boolean {
  if (isCardNumber(digitsOf(candidate))) return false;
  if (isDate(candidate) || isQuantity(candidate)) return true;
  if (isAmount(text, candidate) || isHouseNumber(text, candidate)) return true;
  const isOneChunk = chunksOf(candidate.groups).length === 1;
  return isOneChunk && isReference(text, candidate);
}

function findV4(text: string, candidate: NumberPhrase): Finding | null {
  const { start, end } = candidate;
  const mask = maskV4(text.slice(start, end));
  if (mask === null || /^\d\.\d\.\d\.x$/.test(mask) || isVersion(text, candidate)) return null;
  return { start, end, mask };
}

/** The most groups that a card number has. */
const MAX_CARD_GROUPS = 5;

function findCardRuns(text: string, { groups }: NumberPhrase): Finding[] {
  const findings: Finding[] = [];
  for (let from = 0; from < groups.length; ) {
    const lengths = Array.from(
      { length: Math.min(MAX_CARD_GROUPS, groups.length - from) },
      (_, index) => index + 1,
    );
    const length = lengths.find((count) => isCardRun(toPhrase(text, groups.slice(from, from + count))));
    if (length !== undefined) {
      const run = toPhrase(text, groups.slice(from, from + length));
      findings.push({ start: run.start, end: run.end, mask: maskCard(digitsOf(run)) });
    }
    from += length ?? 1;
  }
  return findings;
}

function isCardRun(run: NumberPhrase): boolean {
  return isCardNumber(digitsOf(run)) || /^4-(?:4-4-4|6-5)$/.test(shapeOf(run));
}
