import { HttpError, notFound } from '../http/errors.ts';
import type { Call, CheckedCall } from '../route.ts';
import { encodeFile, type UiFile } from '../ui-files.ts';

/** The name of a file says what is in it, so it never changes. `private`: who may read it was decided by the request. */
const FOREVER = 'private, max-age=31536000, immutable';

/** One of the files the page is made of. */
export async function getAsset({
  services,
  params,
  request,
}: CheckedCall<{ file: string }, unknown>): Promise<Response> {
  const file = await services.ui.find(`assets/${params.file}`);
  if (file === null) throw notFound();
  return await fileResponse(file, request, FOREVER);
}

/**
 * The page, at every path that is its own business. What it refers to is named relative to the page, so the depth of the path decides how far up
 * that is; no setting says where the dashboard is mounted.
 */
export async function getPage(call: Call): Promise<Response> {
  if (isMountWithoutSlash(call)) return redirectToMount(call);
  const ownFile = await call.services.ui.find(call.path.slice(1));
  if (ownFile !== null && call.path !== '/index.html')
    return await fileResponse(ownFile, call.request, 'no-cache');
  const index = await call.services.ui.find('index.html');
  if (index === null) throw notBuilt();
  const page = rebase(index.bytes.toString('utf8'), call.services.publicPath ?? upwards(call.path));
  return new Response(page, { headers: { 'content-type': index.mediaType } });
}

/** The page's own relative links would then point beside the mount, not into it. */
function isMountWithoutSlash({ path, originalPath }: Call): boolean {
  return path === '/' && !originalPath.endsWith('/');
}

/** Relative, because a proxy may have taken away what stands before the last part. */
function redirectToMount({ originalPath, request, services }: Call): Response {
  const last = originalPath.slice(originalPath.lastIndexOf('/') + 1);
  const target = services.publicPath ?? `./${last}/`;
  return new Response(null, { status: 302, headers: { location: target + new URL(request.url).search } });
}

/** From `/jobs/42` the mount is one level up: `../`. */
function upwards(path: string): string {
  const depth = path.split('/').length - 2;
  return depth === 0 ? './' : '../'.repeat(depth);
}

function rebase(html: string, prefix: string): string {
  return html.replace(/(\s(?:src|href)=")\.\//g, (_match, before: string) => before + prefix);
}

async function fileResponse(file: UiFile, request: Request, cacheControl: string): Promise<Response> {
  const headers = new Headers({ 'cache-control': cacheControl, etag: file.etag, vary: 'accept-encoding' });
  if (request.headers.get('if-none-match') === file.etag) return new Response(null, { status: 304, headers });
  const { bytes, encoding } = await encodeFile(file, request.headers.get('accept-encoding'));
  headers.set('content-type', file.mediaType);
  if (encoding !== null) headers.set('content-encoding', encoding);
  return new Response(new Uint8Array(bytes), { headers });
}

function notBuilt(): HttpError {
  return new HttpError(503, {
    error: 'The pages of the dashboard are not built.',
    code: 'UI_NOT_BUILT',
    message: 'The API works. To build the pages run `pnpm --filter @townkrier/dashboard build`.',
  });
}
