import { forbidden } from '../http/errors.ts';

/** The header a page's script sets on every change; a form cannot set headers, and another site's script may not. */
export const REQUEST_HEADER = 'x-townkrier-request';

/**
 * Refuses a change that another site's page may have caused, whatever the means of authentication: browsers attach Basic credentials and
 * cookies to such requests too, and being on the same host under another port does not make a page ours.
 *
 * Requests with neither `Sec-Fetch-Site` nor `Origin` come from no browser (browsers send `Origin` on every change) and pass. Browsers leave
 * `Sec-Fetch-Site` out on plain http beyond localhost, which is why `Origin` is looked at.
 *
 * @throws {HttpError} 403.
 */
export function refuseForeignChange(request: Request): void {
  const site = request.headers.get('sec-fetch-site');
  const origin = request.headers.get('origin');
  if (site === null && origin === null) return;
  const isOwn = site === null ? isOwnOrigin(origin, request.headers.get('host')) : site === 'same-origin';
  if (!isOwn) throw forbidden('This change was asked for by another site.');
  if (!request.headers.has(REQUEST_HEADER)) {
    throw forbidden(`A browser must send the header ${REQUEST_HEADER} with every change.`);
  }
}

function isOwnOrigin(origin: string | null, host: string | null): boolean {
  if (origin === null || host === null || !URL.canParse(origin)) return false;
  return new URL(origin).host === host.toLowerCase();
}
