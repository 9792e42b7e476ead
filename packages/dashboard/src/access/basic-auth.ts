import { createHash, timingSafeEqual } from 'node:crypto';

/** The one user of the dashboard. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Sent with 401, so that browsers ask and encode what they are told as UTF-8. */
export const BASIC_CHALLENGE = 'Basic realm="TownKrier", charset="UTF-8"';

/**
 * Compares an `Authorization` header with the configured user, in a time that tells nothing: both sides are hashed, and both the name and the
 * password are always compared.
 *
 * @returns `missing` without a header, `wrong` for anything that is not exactly right, also other schemes.
 */
export function createBasicAuth(
  expected: Credentials,
): (authorization: string | null) => 'ok' | 'missing' | 'wrong' {
  const username = digest(expected.username);
  const password = digest(expected.password);
  return (authorization) => {
    if (authorization === null) return 'missing';
    const given = parseBasic(authorization);
    const isUsername = timingSafeEqual(username, digest(given?.username ?? ''));
    const isPassword = timingSafeEqual(password, digest(given?.password ?? ''));
    return given !== null && isUsername && isPassword ? 'ok' : 'wrong';
  };
}

/** Splits at the first colon (RFC 7617): a password may contain more. `null` when it is not Basic or not UTF-8. */
function parseBasic(authorization: string): Credentials | null {
  const [scheme = '', token = '', ...rest] = authorization.split(' ');
  if (scheme.toLowerCase() !== 'basic' || rest.length > 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(token))
    return null;
  const text = decodeUtf8(Buffer.from(token, 'base64'));
  const colon = text?.indexOf(':') ?? -1;
  if (text === null || colon < 0) return null;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function decodeUtf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Normalised first: some keyboards compose an accented letter from two code points. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text.normalize('NFC')).digest();
}
