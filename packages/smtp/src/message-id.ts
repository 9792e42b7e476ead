import { createHash } from 'node:crypto';

/**
 * The `Message-ID` of a delivery: the same for every try, so that receivers which look at it (Gmail, Exchange and many mail stores do, nothing obliges
 * them to) show a repeated mail once. A key that could not stand in a header is hashed.
 */
export function messageIdOf(idempotencyKey: string, sender: string): string {
  const isSafe = /^[\w-]{1,128}$/.test(idempotencyKey);
  const local = isSafe ? idempotencyKey : createHash('sha256').update(idempotencyKey).digest('base64url');
  return `<${local}@${sender.slice(sender.lastIndexOf('@') + 1)}>`;
}
