import { matchesOf } from './matches.ts';
import type { Finding } from './text-view.ts';

/** Length of the IBANs of each country, as registered with SWIFT. */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 ' +
    'GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 ' +
    'NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);
const MIN_LENGTH = 15;

/** Country, two check digits, and up to 30 letters and digits in groups of four or in one piece. Every repetition is bounded. */
const IBAN = /\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?![A-Z0-9])/gi;

/** Finds IBANs by shape. Only for countries that have none does the checksum decide, so that other codes are left alone. */
export function findIbans(text: string): Finding[] {
  const findings: Finding[] = [];
  for (const { start, end: longest } of matchesOf(IBAN, text)) {
    const end = start + lengthOf(text.slice(start, longest));
    const iban = text.slice(start, end).replaceAll(/[ -]/g, '').toUpperCase();
    if (isIban(iban)) findings.push({ start, end, mask: maskIban(iban) });
  }
  return findings;
}

/** `DE**…**00`: country and the last two characters. */
function maskIban(iban: string): string {
  return `${iban.slice(0, 2)}**…**${iban.slice(-2)}`;
}

function isIban(iban: string): boolean {
  if (iban.length < MIN_LENGTH) return false;
  const isKnownCountry = LENGTHS.has(iban.slice(0, 2));
  return isKnownCountry ? (iban.match(/\d/g)?.length ?? 0) >= 8 : hasValidChecksum(iban);
}

/** How much of a candidate is the number: words after it may look like more groups of it. */
function lengthOf(candidate: string): number {
  const expected = LENGTHS.get(candidate.slice(0, 2).toUpperCase()) ?? Number.POSITIVE_INFINITY;
  let seen = 0;
  for (let index = 0; index < candidate.length; index++) {
    if (candidate[index] !== ' ' && candidate[index] !== '-') seen++;
    const isGroupEnd =
      index + 1 === candidate.length || candidate[index + 1] === ' ' || candidate[index + 1] === '-';
    if (seen >= expected && isGroupEnd) return index + 1;
  }
  return candidate.length;
}

function hasValidChecksum(iban: string): boolean {
  let remainder = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}
