import { Router } from 'express';
import { z } from 'zod';
import type { Settings } from '../settings.ts';
import { Problem } from './problem.ts';
import { RateLimit } from './rate-limit.ts';
import { COOKIE, type Session, Sessions } from './sessions.ts';

const SIGN_INS_PER_MINUTE = 10;
const signInSchema = z.strictObject({ token: z.string().max(512) });
const sessionsOfRequests = new WeakMap<object, Session>();

/** Lets owners sign in and out, and nobody else past it. Everything that comes after it is theirs. */
export function ownersOnly(owners: Settings['owners']): Router {
  const sessions = new Sessions(owners);
  const signIns = new RateLimit(SIGN_INS_PER_MINUTE);
  const router = Router();

  router.use((request, _response, next) => {
    // A form of another site cannot send this type, and a script there may not: so whoever changes something here means to.
    if (request.method === 'GET' || request.is('application/json')) return next();
    throw new Problem(415, 'REQUEST_INVALID', 'Expected a body of the type application/json.');
  });
  router.post('/session', (request, response) => {
    refuseTooMany(signIns.take(request.ip ?? ''), 'sign-ins');
    const id = sessions.signIn(signInSchema.parse(request.body).token);
    if (id === null) throw new Problem(401, 'TOKEN_UNKNOWN', 'This token is nobody’s.');
    response.cookie(COOKIE, id, { httpOnly: true, sameSite: 'strict', path: '/' }).json({});
  });
  router.use((request, _response, next) => {
    const session = sessions.find(request);
    if (session === null)
      throw new Problem(401, 'OWNERS_ONLY', 'This is for owners of the newsroom. Sign in.');
    sessionsOfRequests.set(request, session);
    next();
  });
  router.post('/session/end', (request, response) => {
    sessions.signOut(request);
    response.clearCookie(COOKIE, { path: '/' }).json({});
  });
  return router;
}

/** The session of a request that came past `ownersOnly`. */
export function sessionOf(request: object): Session {
  const session = sessionsOfRequests.get(request);
  if (session === undefined) throw new Problem(401, 'OWNERS_ONLY', 'This is for owners of the newsroom.');
  return session;
}

/** @param waitMs - From a `RateLimit`. */
export function refuseTooMany(waitMs: number, what: string): void {
  if (waitMs === 0) return;
  const seconds = String(Math.ceil(waitMs / 1000));
  throw new Problem(429, 'TOO_MANY', `Too many ${what}. Try again in ${seconds} s.`, {
    'retry-after': seconds,
  });
}
