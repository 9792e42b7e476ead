import { createHmac, timingSafeEqual } from 'node:crypto';

/** The signature of a webhook's body: HMAC-SHA256, in hexadecimal. */
export function sign(secret: string, body: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

export function isSignedWith(secret: string, body: string, signature: unknown): boolean {
  const [given, expected] = [Buffer.from(String(signature)), Buffer.from(sign(secret, body))];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
