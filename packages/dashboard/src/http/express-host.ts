import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request as ExpressRequest, Response as ExpressResponse, NextFunction } from 'express';
import type { DashboardHandler } from '../dashboard-handler.ts';
import type { RequestContext } from './request-context.ts';

/** The Fetch API wants a whole URL; nothing looks at this part of it. */
const ORIGIN = 'http://dashboard.invalid';

/** Methods a Fetch `Request` cannot have. Under this name they are what they are to us: not allowed. */
const FETCHLESS_METHODS = new Set(['CONNECT', 'TRACE', 'TRACK']);
const NOT_ALLOWED = 'NOT-ALLOWED';

/** Headers of the host app that would contradict ours. */
const OVERRULED_HEADERS = ['x-frame-options', 'x-powered-by', 'content-security-policy-report-only'];

/**
 * Serves a dashboard from Express 4 or 5. Needs no view engine and no body parser, and gets along with one that ran before.
 */
export function toExpressHandler(dashboard: DashboardHandler<ExpressRequest>) {
  return (req: ExpressRequest, res: ExpressResponse, next: NextFunction): void => {
    serve(dashboard, req, res).catch(next);
  };
}

async function serve(
  dashboard: DashboardHandler<ExpressRequest>,
  req: ExpressRequest,
  res: ExpressResponse,
): Promise<void> {
  const response = await dashboard.handle(toFetchRequest(req), toContext(req));
  await writeResponse(response, res);
}

function toContext(req: ExpressRequest): RequestContext<ExpressRequest> {
  return {
    remoteAddress: req.socket.remoteAddress,
    clientAddress: req.ip,
    isSecure: req.secure,
    originalPath: req.originalUrl.split('?', 1)[0] ?? '/',
    native: req,
  };
}

function toFetchRequest(req: ExpressRequest): Request {
  const body = bodyOf(req);
  return new Request(new URL(ORIGIN + req.url), {
    method: FETCHLESS_METHODS.has(req.method) ? NOT_ALLOWED : req.method,
    headers: toHeaders(req),
    ...(body === null ? {} : { body, duplex: 'half' }),
  });
}

function toHeaders(req: ExpressRequest): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(req.headers)) {
    for (const entry of Array.isArray(value) ? value : [value ?? '']) headers.append(name, entry);
  }
  return headers;
}

type Body = ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | string;

function bodyOf(req: ExpressRequest): Body | null {
  if (req.method === 'GET' || req.method === 'HEAD') return null;
  if (req.readableDidRead) return alreadyParsed(req.body);
  // Readable.toWeb is typed as Node's own ReadableStream, which is the global one.
  return Readable.toWeb(req) as ReadableStream<Uint8Array>;
}

/** What a body parser of the host left: it read the request, so the stream is empty. */
function alreadyParsed(body: unknown): Body | null {
  if (body === undefined || body === null) return null;
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return new Uint8Array(body);
  return JSON.stringify(body);
}

async function writeResponse(response: Response, res: ExpressResponse): Promise<void> {
  for (const name of OVERRULED_HEADERS) res.removeHeader(name);
  res.statusCode = response.status;
  res.setHeaders(response.headers);
  if (response.body === null) {
    res.end();
    return;
  }
  res.flushHeaders();
  await pipeline(Readable.fromWeb(response.body), res).catch(() => {
    // The reader went away, or was too slow and was dropped: the connection is gone and there is nobody to tell.
    res.destroy();
  });
}
