import type { Clock } from '@townkrier/core';
import { z } from 'zod';
import { forbidden, HttpError, tooManyRequests } from '../http/errors.ts';
import type { RequestContext } from '../http/request-context.ts';
import { omitUndefined } from '../omit-undefined.ts';
import { BASIC_CHALLENGE, type Credentials, createBasicAuth } from './basic-auth.ts';
import { isLoopbackAddress, whyNotLocal } from './local-only.ts';
import { type AdmittedPrincipal, admit, PERMISSIONS, type Principal, ROLES } from './permissions.ts';
import { addressKey, RateLimiter } from './rate-limit.ts';

/**
 * Says who is asking, given the host's own request (Express's, with its session and user). `false` refuses; so does throwing or rejecting.
 * Asked on every request, and once a minute for an open event stream.
 */
export type Authorize<Native> = (request: Native) => Principal | false | Promise<Principal | false>;

/** How access is decided. At most one of `credentials`, `authorize` and `isOpenToAnyone` is set. */
export interface AccessOptions<Native> {
  readonly credentials?: Credentials | undefined;
  readonly authorize?: Authorize<Native> | undefined;
  readonly isOpenToAnyone: boolean;
  readonly isReadOnly: (request: Native) => boolean;
  readonly isProduction: boolean;
  readonly allowInsecureAuth: boolean;
  readonly failedLoginsPerMinute: number;
  readonly clock: Clock;
}

/** Decides who a request comes from. @throws {HttpError} 401, 403 or 429 when it is not let in. */
export type AccessPolicy<Native> = (
  request: Request,
  context: RequestContext<Native>,
) => Promise<AdmittedPrincipal>;

/** Builds the policy. With nothing configured only this machine is let in, and in production nobody. */
export function createAccessPolicy<Native>(options: AccessOptions<Native>): AccessPolicy<Native> {
  const identify = chooseIdentification(options);
  return async (request, context) => {
    const principal = await identify(request, context);
    return admit(principal, decideReadOnly(options, context.native));
  };
}

type Identification<Native> = (
  request: Request,
  context: RequestContext<Native>,
) => Principal | Promise<Principal>;

function chooseIdentification<Native>(options: AccessOptions<Native>): Identification<Native> {
  if (options.authorize !== undefined) return identifyByHost(options.authorize);
  if (options.credentials !== undefined) return identifyByPassword(options.credentials, options);
  if (options.isOpenToAnyone) return () => ({ id: 'anonymous', name: 'Anonymous', role: 'admin' });
  return options.isProduction ? refuseInProduction : identifyLocal;
}

/** A `readOnly` function that throws takes the rights away rather than leaving them. */
function decideReadOnly<Native>(options: AccessOptions<Native>, request: Native): boolean {
  try {
    return options.isReadOnly(request);
  } catch {
    return true;
  }
}

function refuseInProduction(): never {
  throw forbidden(
    'This dashboard is closed: nobody configured who may open it.',
    'In production the dashboard needs `auth` or `authorize`; see its README.',
  );
}

function identifyLocal(request: Request, context: RequestContext): Principal {
  const reason = whyNotLocal(request, context.remoteAddress);
  if (reason === null) return { id: 'local', name: 'This machine', role: 'admin' };
  throw forbidden(
    `This request is refused: ${reason}.`,
    'Without `auth` or `authorize` the dashboard answers only browsers on the machine it runs on; see its README.',
  );
}

function identifyByHost<Native>(authorize: Authorize<Native>): Identification<Native> {
  return async (_request, context) => {
    const principal = await askHost(authorize, context.native);
    if (principal === false) throw forbidden('You may not open this dashboard.');
    return principal;
  };
}

async function askHost<Native>(authorize: Authorize<Native>, request: Native): Promise<Principal | false> {
  try {
    const answer = principalSchema.safeParse(await authorize(request));
    return answer.success ? omitUndefined(answer.data) : false;
  } catch {
    return false;
  }
}

/** Untyped callers may answer `true` or `undefined`, or a role nobody knows: whoever is not named rightly is not let in. */
const principalSchema = z.object({
  id: z.string().min(1),
  name: z.string().optional(),
  role: z.enum(ROLES).optional(),
  permissions: z.array(z.enum(PERMISSIONS)).optional(),
});

function identifyByPassword<Native>(
  credentials: Credentials,
  options: AccessOptions<Native>,
): Identification<Native> {
  const check = createBasicAuth(credentials);
  const failures = new RateLimiter({ limit: options.failedLoginsPerMinute, windowMs: 60_000 }, options.clock);
  return (request, context) => {
    if (!options.allowInsecureAuth) refusePlainText(context);
    const key = addressKey(context.clientAddress);
    const waitMs = failures.msUntilFree(key);
    if (waitMs > 0) throw tooManyRequests('Too many failed logins from this address.', waitMs);
    const outcome = check(request.headers.get('authorization'));
    if (outcome === 'ok') return { id: credentials.username, role: 'admin' };
    if (outcome === 'wrong') failures.use(key);
    throw new HttpError(
      401,
      { error: 'Authentication is required.', code: 'UNAUTHENTICATED' },
      { 'www-authenticate': BASIC_CHALLENGE },
    );
  };
}

/** Not even asked for the password, so that no browser sends it. */
function refusePlainText(context: RequestContext): void {
  if (context.isSecure || isLoopbackAddress(context.remoteAddress)) return;
  throw forbidden(
    'A password would travel over plain http.',
    'Serve the dashboard over https (behind a proxy that ends TLS set `trust proxy`), or set `allowInsecureAuth`.',
  );
}
