import {
  type ChannelError,
  type ChannelErrorOptions,
  ChannelOutcome,
  InvalidAddressError,
  PermanentError,
  RateLimitedError,
  TransientError,
  UnknownOutcomeError,
} from '@townkrier/core';
import { readGreylistWait } from './greylisting.ts';

/** What of a failed `sendMail` decides. nodemailer's errors have these fields; so should those of another transport. */
interface SmtpFailure {
  /** nodemailer's code, such as `EAUTH`, or the system's. */
  readonly code: string | undefined;
  /** The system's code, where nodemailer put its own in front. */
  readonly originalCode: string | undefined;
  /** The command that failed: `CONN`, `MAIL FROM`, `RCPT TO`, `DATA`, … */
  readonly command: string | undefined;
  readonly responseCode: number | undefined;
  readonly response: string | undefined;
}

interface Meaning {
  readonly outcome: ChannelOutcome;
  /** Completes "The SMTP server answered 550 5.1.1: …". */
  readonly says: string;
}

const { PERMANENT, TRANSIENT, INVALID_ADDRESS } = ChannelOutcome;

/** What enhanced status codes (RFC 3463, RFC 7505) say about the recipient, when they answer `RCPT TO` or the message itself. */
const ABOUT_RECIPIENT: ReadonlyMap<string, string> = new Map([
  ['5.1.1', 'there is no such mailbox'],
  ['5.1.2', 'there is no such mail domain'],
  ['5.1.3', 'the address is not valid'],
  ['5.1.6', 'the mailbox has moved'],
  ['5.1.10', 'the domain takes no mail'],
  ['5.2.1', 'the mailbox is disabled'],
]);

/** Reply codes that need other words, or another outcome, than their first digit gives. */
const BY_CODE: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [421, { outcome: TRANSIENT, says: 'it closes the connection' }],
  [450, { outcome: TRANSIENT, says: 'the mailbox is not available now' }],
  [451, { outcome: TRANSIENT, says: 'it failed for the moment' }],
  [452, { outcome: TRANSIENT, says: 'it is short of space' }],
  [454, { outcome: TRANSIENT, says: 'it cannot authenticate or encrypt for the moment' }],
  [
    530,
    { outcome: PERMANENT, says: 'it wants authentication or encryption first; check `auth` and `secure`' },
  ],
  [534, { outcome: PERMANENT, says: 'it wants another way of authentication' }],
  [535, { outcome: PERMANENT, says: 'the credentials are wrong; check `auth`' }],
  [538, { outcome: PERMANENT, says: 'it wants encryption for authentication; check `secure`' }],
  [552, { outcome: PERMANENT, says: 'the message is too large, or the mailbox full' }],
  [554, { outcome: PERMANENT, says: 'it takes no such message' }],
]);

/** Reply codes to `RCPT TO` that always speak of the address: user not local, mailbox name not allowed. */
const BAD_RECIPIENT_CODES: ReadonlySet<number> = new Set([551, 553]);

function meaningOf(code: number, status: string | undefined, command: string | undefined): Meaning {
  const aboutRecipient =
    command === 'RCPT TO' || command === 'DATA' ? ABOUT_RECIPIENT.get(status ?? '') : undefined;
  if (code >= 500 && aboutRecipient !== undefined) return { outcome: INVALID_ADDRESS, says: aboutRecipient };
  if (command === 'RCPT TO' && BAD_RECIPIENT_CODES.has(code)) {
    return { outcome: INVALID_ADDRESS, says: 'it does not take this address' };
  }
  const known = BY_CODE.get(code);
  if (known !== undefined) return known;
  return code < 500
    ? { outcome: TRANSIENT, says: 'it does not take the message now' }
    : { outcome: PERMANENT, says: 'it does not take the message' };
}

/** Codes of nodemailer that mean: this will fail however often it is tried. */
const HOPELESS: ReadonlyMap<string, string> = new Map([
  ['EAUTH', 'the credentials do not fit the server; check `auth`'],
  ['ENOAUTH', 'the server wants credentials; check `auth`'],
  ['ECONFIG', 'the configuration is not valid'],
  ['EENVELOPE', 'the sender or recipient cannot be used'],
  ['EMESSAGE', 'the message is larger than the server takes'],
  ['ESTREAM', 'the message could not be built'],
  ['EFILEACCESS', 'the message refers to a file'],
  ['EURLACCESS', 'the message refers to a URL'],
]);

/**
 * Turns what `sendMail` threw into an outcome. The error carries the server's codes, never its text: that often quotes the address.
 *
 * @param isBodySent - Whether the whole message, with the dot that ends it, had been handed to the connection. Only then can a lost
 *   connection hide an acceptance: a server must not take a message whose end it has not seen (RFC 5321, 4.1.1.4).
 */
export function sendFailureToError(thrown: unknown, isBodySent: boolean): ChannelError {
  const failure = readFailure(thrown);
  const { responseCode } = failure;
  if (responseCode !== undefined && responseCode >= 400) return replyToError(responseCode, failure);
  const code = failure.originalCode ?? failure.code;
  const options = { provider: 'smtp', ...(code !== undefined && { providerCode: code }) };
  const why = code === undefined ? '' : ` (${code})`;
  if (isBodySent) {
    const text = `The SMTP connection ended before the server answered for the message${why}.`;
    return new UnknownOutcomeError(text, { ...options, cause: thrown });
  }
  const hopeless = HOPELESS.get(failure.code ?? '');
  if (hopeless !== undefined) return new PermanentError(`The mail was not sent${why}: ${hopeless}.`, options);
  if (failure.code === 'EABORT')
    return new TransientError('The mail was aborted before it was sent.', options);
  const text = `The SMTP server could not be reached, or hung up before the message${why}; nothing was sent.`;
  return new TransientError(text, { ...options, cause: thrown });
}

function replyToError(code: number, failure: SmtpFailure): ChannelError {
  const status = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(failure.response ?? '')?.[1];
  const reply = [code, status].filter(Boolean).join(' ');
  const options = { provider: 'smtp', status: code, ...(status !== undefined && { providerCode: status }) };
  const greylistWait = code < 500 ? readGreylistWait(failure.response ?? '') : undefined;
  if (greylistWait !== undefined) {
    const text = `The SMTP server answered ${reply}: it greylists, and takes the message when it comes again later.`;
    return new RateLimitedError(text, { ...options, retryAfterMs: greylistWait });
  }
  const { outcome, says } = meaningOf(code, status, failure.command);
  return outcomeError(
    outcome,
    `The SMTP server answered ${reply} to ${failure.command ?? 'a command'}: ${says}.`,
    options,
  );
}

function outcomeError(outcome: ChannelOutcome, text: string, options: ChannelErrorOptions): ChannelError {
  if (outcome === PERMANENT) return new PermanentError(text, options);
  if (outcome === INVALID_ADDRESS) return new InvalidAddressError(text, options);
  return new TransientError(text, options);
}

/**
 * What it comes to that the server refused the recipient but took the mail for its copies (cc, bcc). A refusal for the moment becomes permanent:
 * another try would send the copies again.
 */
export function partialRejectionToError(rejection: unknown): ChannelError {
  const error = sendFailureToError(rejection, false);
  if (error.outcome === PERMANENT || error.outcome === INVALID_ADDRESS) return error;
  const { provider, status, providerCode } = error;
  return new PermanentError(`${error.message} It took the copies, which another try would send again.`, {
    ...(provider !== undefined && { provider }),
    ...(status !== undefined && { status }),
    ...(providerCode !== undefined && { providerCode }),
  });
}

function readFailure(thrown: unknown): SmtpFailure {
  const fields: Partial<Record<keyof SmtpFailure, unknown>> =
    typeof thrown === 'object' && thrown !== null ? thrown : {};
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return {
    code: text(fields.code),
    originalCode: text(fields.originalCode),
    command: text(fields.command),
    responseCode: typeof fields.responseCode === 'number' ? fields.responseCode : undefined,
    response: text(fields.response),
  };
}
