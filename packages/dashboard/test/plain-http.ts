import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import type { serve } from './harness.ts';

/** A request whose Host and encodings are exactly those given, which `fetch` does not allow. */
export function raw(
  url: string,
  headers: Readonly<Record<string, string>>,
  method = 'GET',
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { headers, method, agent: false }, (response) => {
      response.resume();
      resolve(response);
    });
    request.on('error', reject);
    request.end();
  });
}

/** The status of an answer, once it has been read to its end. */
export function statusOf(url: string, options: RequestOptions, body?: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, options, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** A reverse proxy that takes a prefix away, as nginx does with `proxy_pass` and a trailing slash. */
export function stripPrefix(prefix: string, origin: string): Parameters<typeof serve>[0] {
  return (incoming, outgoing) => {
    const path = (incoming.url ?? '/').slice(prefix.length) || '/';
    const headers = { ...incoming.headers, 'x-forwarded-for': '203.0.113.9' };
    const upstream = httpRequest(
      origin + path,
      { method: incoming.method, headers, agent: false },
      (response) => {
        outgoing.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(outgoing);
      },
    );
    incoming.pipe(upstream);
  };
}
