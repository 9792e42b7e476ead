import { createHmac, randomBytes } from 'node:crypto';
import { domainToASCII } from 'node:url';

/** Says how a hash was made, so that a later way can live beside it. */
const VERSION = 'r1:';
/** 128 bits: far from collisions at any number of recipients, and half the index. */
const HASH_BYTES = 16;
/** Fewer digits than this are an id, not a phone number. */
const FEWEST_PHONE_DIGITS = 7;

/** Turns an address into the hash its rows are found by. Two spellings of one address give one hash. */
export type RecipientHasher = (address: string) => string;

/** A key for rows that do not outlive the process. */
export function randomHashKey(): Uint8Array {
  return randomBytes(32);
}

/** HMAC-SHA-256 with a key, cut to 128 bits. Without the key nobody can try addresses against the hashes. */
export function createRecipientHasher(key: string | Uint8Array): RecipientHasher {
  return (address) => {
    const digest = createHmac('sha256', key).update(normaliseAddress(address)).digest();
    return VERSION + digest.subarray(0, HASH_BYTES).toString('base64url');
  };
}

/**
 * One spelling for one address: e-mail in NFC and lower case with its domain in ASCII, whatever display name stood before it; phone numbers as digits
 * with their `+` (a leading `00` counts as one). What looks like neither is taken as it is. The channel plays no part: a number has one hash for SMS and calls.
 */
export function normaliseAddress(address: string): string {
  const text = address.normalize('NFKC').trim();
  if (text.includes('@')) return normaliseEmail(text);
  return normalisePhone(text) ?? address.normalize('NFC').trim();
}

function normaliseEmail(text: string): string {
  const open = text.lastIndexOf('<');
  const bare = open >= 0 && text.endsWith('>') ? text.slice(open + 1, -1).trim() : text;
  const at = bare.lastIndexOf('@');
  const domain = bare.slice(at + 1).toLowerCase();
  return `${bare.slice(0, at).toLowerCase()}@${domainToASCII(domain) || domain}`;
}

function normalisePhone(text: string): string | null {
  const number = text.startsWith('tel:') ? text.slice('tel:'.length) : text;
  if (!/^[+\d\s().\-/]+$/.test(number)) return null;
  const digits = number.replace(/\D/g, '');
  if (digits.length < FEWEST_PHONE_DIGITS) return null;
  if (number.trimStart().startsWith('+')) return `+${digits}`;
  return digits.startsWith('00') ? `+${digits.slice(2)}` : digits;
}
