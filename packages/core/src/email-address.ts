import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { InvalidAddressError } from './channel-errors.ts';
import type { EmailAddress } from './recipient.ts';

/** Longest address and longest part before the `@`, in bytes (RFC 5321, 4.5.3.1). */
const MAX_ADDRESS_BYTES = 254;
const MAX_LOCAL_BYTES = 64;

/** A run of what may stand between the dots of a local part: ASCII "atext" of RFC 5322, or any visible character beyond ASCII (RFC 6532). */
const ATOM = /^(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\p{ASCII}\p{C}\p{Z}])+$/u;
const LABEL = /^[\p{L}\p{N}\p{M}-]{1,63}$/u;
const CONTROL = /[\p{Cc}\u2028\u2029]/u;
/** What a display name must be quoted for; outside quotes it would separate or group addresses. */
const SPECIAL = /[()<>[\]:;@\\,."]/;

/**
 * Turns what a recipient gave into exactly one mailbox, for a channel's `parseAddress`.
 *
 * Takes `'ada@example.com'`, `'Ada Lovelace <ada@example.com>'` and `{ email, name? }`. Everything that another parser could read as two mailboxes,
 * or as a mailbox elsewhere, is refused: lists, groups, comments, quoted local parts, bracketed domains, control characters. A domain beyond ASCII
 * is returned in its ASCII form.
 *
 * @throws {InvalidAddressError} `CHANNEL_ADDRESS_INVALID`, saying what is wrong but not the address.
 */
export function parseEmailAddress(value: unknown): EmailAddress {
  const parsed = readMailbox(value);
  if (typeof parsed === 'string') throw new InvalidAddressError(`The e-mail address ${parsed}.`);
  return parsed;
}

/** {@link parseEmailAddress} as a schema, for options and messages. */
export const emailAddressSchema: z.ZodType<EmailAddress, unknown> = z
  .unknown()
  .transform((value, context) => {
    const parsed = readMailbox(value);
    if (typeof parsed !== 'string') return parsed;
    context.addIssue({ code: 'custom', message: `expected one e-mail address; it ${parsed}` });
    return z.NEVER;
  });

/** One mailbox as a header shows it: `Ada Lovelace <ada@example.com>`, the name quoted where it must be. */
export function formatEmailAddress({ email, name }: EmailAddress): string {
  if (name === undefined || name === '') return email;
  return `${SPECIAL.test(name) ? `"${name.replace(/[\\"]/g, '\\$&')}"` : name} <${email}>`;
}

/** The mailbox, or what is wrong with it: a text that completes "The e-mail address …". */
function readMailbox(value: unknown): EmailAddress | string {
  if (typeof value === 'string') return readText(value);
  if (typeof value !== 'object' || value === null) return 'is missing';
  const { email, name }: { email?: unknown; name?: unknown } = value;
  if (typeof email !== 'string') return 'is missing';
  if (name !== undefined && name !== null && typeof name !== 'string') return 'has a name that is not text';
  return checkMailbox(email.trim(), name ?? '');
}

function readText(text: string): EmailAddress | string {
  const trimmed = text.trim();
  if (!trimmed.endsWith('>')) return checkMailbox(trimmed, '');
  const open = trimmed.lastIndexOf('<');
  const name = unquote(trimmed.slice(0, Math.max(open, 0)).trim());
  return name === null ? 'holds more than one mailbox' : checkMailbox(trimmed.slice(open + 1, -1), name);
}

/** A display name without its quotes; `null` when, unquoted, it is more than a name. */
function unquote(name: string): string | null {
  if (/^"(?:[^"\\]|\\.)*"$/.test(name)) return name.slice(1, -1).replace(/\\(.)/g, '$1');
  return SPECIAL.test(name.replaceAll('.', '')) ? null : name;
}

function checkMailbox(email: string, name: string): EmailAddress | string {
  if (CONTROL.test(email) || CONTROL.test(name)) return 'has a line break or another control character';
  const at = email.lastIndexOf('@');
  if (at < 1) return 'lacks a part before the @, or the @ itself';
  const local = email.slice(0, at);
  const domain = readDomain(email.slice(at + 1));
  if (domain === null) return 'has a domain that is not valid';
  if (Buffer.byteLength(local) > MAX_LOCAL_BYTES)
    return `has more than ${MAX_LOCAL_BYTES} bytes before the @`;
  if (!local.split('.').every((atom) => ATOM.test(atom)))
    return 'has characters before the @ that are not allowed';
  if (Buffer.byteLength(local) + 1 + domain.length > MAX_ADDRESS_BYTES)
    return `is longer than ${MAX_ADDRESS_BYTES} bytes`;
  return { email: `${local}@${domain}`, ...(name.trim() !== '' && { name: name.trim() }) };
}

function readDomain(domain: string): string | null {
  const labels = domain.split('.');
  const isValid = labels.every(
    (label) => LABEL.test(label) && !label.startsWith('-') && !label.endsWith('-'),
  );
  if (!isValid) return null;
  return /^\p{ASCII}*$/u.test(domain) ? domain : domainToASCII(domain) || null;
}
