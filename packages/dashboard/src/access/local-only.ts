import { BlockList, isIP } from 'node:net';

/** Whatever a proxy on the way may have added. Any of them means that the socket's address is not the asker's. */
const FORWARDING_HEADERS = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-forwarded-prefix',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-host',
  'x-envoy-external-address',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
];

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether an address is this machine's own, also when IPv4 comes mapped into IPv6. Anything that is no address is not. */
export function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false;
  const family = isIP(address);
  if (family === 0) return false;
  return LOOPBACK.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Why a request must not be taken as coming from this machine; `null` when it may.
 *
 * The socket alone does not tell: with a reverse proxy on the same machine everybody's socket is loopback, and a page elsewhere can make a browser
 * on this machine ask under a name of its own (DNS rebinding).
 */
export function whyNotLocal(request: Request, remoteAddress: string | undefined): string | null {
  if (!isLoopbackAddress(remoteAddress)) return 'it does not come from this machine';
  const forwarded = FORWARDING_HEADERS.find((name) => request.headers.has(name));
  if (forwarded !== undefined) return `it came through a proxy (${forwarded})`;
  if (!isLoopbackHost(request.headers.get('host'))) return 'its Host is not a name of this machine';
  return null;
}

function isLoopbackHost(host: string | null): boolean {
  if (host === null) return false;
  const name = host.toLowerCase().replace(/:\d{1,5}$/, '');
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  return isLoopbackAddress(name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name);
}
