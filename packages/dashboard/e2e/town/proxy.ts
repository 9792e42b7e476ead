import { createServer, request } from 'node:http';
import { listen } from './town.ts';

/** A reverse proxy: what it is asked below `prefix` it asks of `target`, without the prefix. */
export interface StrippingProxy {
  /** Where a browser finds what is behind it, with a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of loopback. It changes the path only, as `location /ops/ { proxy_pass http://app/; }` does. */
export async function openStrippingProxy(target: string, prefix: string): Promise<StrippingProxy> {
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '/';
    if (!path.startsWith(prefix)) {
      outgoing.writeHead(404).end('not behind this proxy');
      return;
    }
    const forwarded = request(
      new URL(target.replace(/\/$/, '') + path.slice(prefix.length - 1)),
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    forwarded.on('error', () => outgoing.destroy());
    outgoing.on('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  const origin = await listen(server);
  return {
    url: origin + prefix,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
