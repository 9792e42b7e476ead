import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';

/**
 * Lets in who knows the password, by HTTP Basic as `admin`: browsers ask for it, and `curl -u admin:…` sends it. Without a password nobody gets in. Put TLS in front of it.
 */
export function requireAdmin(password: string | undefined): RequestHandler {
  return (request, response, next) => {
    if (password === undefined) {
      response.status(403).json({ error: 'Nobody may open this: ADMIN_PASSWORD is not set.' });
    } else if (isEqual(request.get('authorization') ?? '', toHeader(password))) {
      next();
    } else {
      response.set('www-authenticate', 'Basic realm="order desk", charset="UTF-8"');
      response.status(401).json({ error: 'This is for admins.' });
    }
  };
}

function toHeader(password: string): string {
  return `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
}

/** In the same time for every guess. */
function isEqual(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
