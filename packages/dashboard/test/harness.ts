import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { VirtualClock } from '@townkrier/core/testing';
import { InMemoryQueueAdapter, QueueManager } from '@townkrier/queue';
import { InMemoryStorageAdapter, StorageManager } from '@townkrier/storage';
import { createDashboardHandler, type DashboardHandler, type DashboardOptions } from '../src/index.ts';

/** A queue and a log in memory, on a clock the test owns. */
export function createSources() {
  const clock = new VirtualClock(Date.parse('2026-11-22T09:00:00Z'));
  const adapter = new InMemoryQueueAdapter({ clock });
  return {
    clock,
    adapter,
    queueManager: new QueueManager(adapter),
    storageManager: new StorageManager(new InMemoryStorageAdapter({ clock }), { clock }),
  };
}
export type Sources = ReturnType<typeof createSources>;

/** What a request looks like to a handler called without a server. */
interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly remoteAddress?: string;
  readonly isSecure?: boolean;
  readonly originalPath?: string;
  readonly native?: unknown;
}

/** A dashboard without a server, with the sources behind it. */
export function createDashboard(options: Partial<DashboardOptions<unknown>> = {}, sources = createSources()) {
  const { clock, queueManager, storageManager } = sources;
  const failures: unknown[] = [];
  const warnings: string[] = [];
  const dashboard = createDashboardHandler<unknown>({
    queueManager,
    storageManager,
    clock,
    environment: 'test',
    onError: ({ error }) => failures.push(error),
    onWarning: (message) => warnings.push(message),
    ...options,
  });
  return { ...sources, dashboard, failures, warnings, ask: createAsk(dashboard) };
}

function createAsk(dashboard: DashboardHandler<unknown>) {
  return (path: string, options: AskOptions = {}): Promise<Response> => {
    const { method = 'GET', headers = {}, body } = options;
    const request = new Request(`http://dashboard.invalid${path}`, {
      method,
      headers: { host: 'localhost:3000', ...headers },
      ...(body === undefined ? {} : { body }),
    });
    return dashboard.handle(request, {
      remoteAddress: options.remoteAddress ?? '127.0.0.1',
      clientAddress: options.remoteAddress ?? '127.0.0.1',
      isSecure: options.isSecure ?? false,
      originalPath: options.originalPath ?? path.split('?')[0] ?? '/',
      native: options.native,
    });
  };
}

/** What a browser sends with a change made by the dashboard's own page. */
export const FROM_OWN_PAGE = { 'sec-fetch-site': 'same-origin', 'x-townkrier-request': '1' };

/** The header of HTTP Basic authentication. */
export function basic(username: string, password: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}` };
}

/** Serves an app on a free port of the loopback address. */
export async function serve(
  app: Parameters<typeof createServer>[1],
): Promise<{ url: string; close: () => Promise<void> }> {
  const server: Server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, close };
}
