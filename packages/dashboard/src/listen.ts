import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DashboardError, DashboardErrorCode } from './errors.ts';

/** Codes that say a machine has no such address: one without IPv6, or without IPv4. */
const NO_SUCH_ADDRESS = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/**
 * Listens on an address, or, without one, on both loopback addresses: `localhost` is ::1 to some clients and 127.0.0.1 to others.
 * With port 0 the first free one is taken for both.
 *
 * @throws {DashboardError} `DASHBOARD_PORT_TAKEN`, `DASHBOARD_LISTEN_FAILED`. Nothing listens then.
 */
export async function listen(
  app: RequestListener,
  where: { readonly port: number; readonly host: string | undefined },
): Promise<readonly Server[]> {
  if (where.host !== undefined) return [await listenOn(app, where.port, where.host)];
  const first = await listenOn(app, where.port, '127.0.0.1');
  try {
    return [first, await listenOn(app, portOf(first), '::1')];
  } catch (error) {
    if (isDispensable(error, where.port)) return [first];
    first.close();
    throw error;
  }
}

/** The port a server listens on. */
export function portOf(server: Server): number {
  // A server that listens on TCP has an AddressInfo; a text is for pipes, null for before and after.
  return (server.address() as AddressInfo).port;
}

/** The second address may be missing, or its port taken where any port was asked for. */
function isDispensable(error: unknown, askedPort: number): boolean {
  if (!(error instanceof DashboardError)) return false;
  if (error.code === DashboardErrorCode.DASHBOARD_PORT_TAKEN) return askedPort === 0;
  return NO_SUCH_ADDRESS.has(codeOf(error.cause));
}

function listenOn(app: RequestListener, port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(app);
    server.once('error', (error) => reject(toDashboardError(error, port, host)));
    server.listen({ port, host }, () => resolve(server));
  });
}

function toDashboardError(cause: Error, port: number, host: string): DashboardError {
  if (codeOf(cause) === 'EADDRINUSE') {
    const message = `Port ${port} of ${host} is in use by another process. Stop it, or give the dashboard another \`port\` (0 takes any free one).`;
    return new DashboardError(DashboardErrorCode.DASHBOARD_PORT_TAKEN, message, { port, cause });
  }
  const message = `The dashboard cannot listen on port ${port} of ${host}: ${cause.message}.`;
  return new DashboardError(DashboardErrorCode.DASHBOARD_LISTEN_FAILED, message, { port, cause });
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
