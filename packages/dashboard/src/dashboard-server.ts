import type { Server } from 'node:http';
import { type Clock, systemClock } from '@townkrier/core';
import express, { type Express } from 'express';
import { createDashboardRouter, type DashboardRouter } from './create-dashboard-router.ts';
import { DashboardError, DashboardErrorCode } from './errors.ts';
import { listen, portOf } from './listen.ts';
import {
  type DashboardServerConfig,
  type ResolvedServerConfig,
  resolveServerConfig,
} from './server-options.ts';

/** Milliseconds a stopping server waits for requests in hand before it cuts their connections. */
const SHUTDOWN_TIMEOUT = 5_000;

/**
 * The dashboard with a server of its own.
 *
 * Unless `host` is set it listens on this machine's loopback addresses only.
 *
 * @example
 * const dashboard = new DashboardServer({ queueManager, storageManager, port: 3000, path: '/dashboard' });
 * await dashboard.start();
 */
export class DashboardServer {
  readonly #config: ResolvedServerConfig;
  readonly #router: DashboardRouter;
  readonly #app: Express;
  #starting: Promise<readonly Server[]> | null = null;
  #servers: readonly Server[] = [];
  #stopping: Promise<void> | null = null;

  /** @throws {TownKrierError} `CONFIG_INVALID`. */
  constructor(config: DashboardServerConfig) {
    this.#config = resolveServerConfig(config);
    this.#router = createDashboardRouter(this.#config.routerOptions);
    this.#app = express();
    this.#app.disable('x-powered-by');
    this.#app.use(this.#config.path, this.#router);
  }

  /** The port it listens on, or `null` while it does not. */
  get port(): number | null {
    const [server] = this.#servers;
    return server === undefined ? null : portOf(server);
  }

  /** Where to open it, or `null` while it does not listen. */
  get url(): string | null {
    if (this.port === null) return null;
    const { host = 'localhost', path } = this.#config;
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.port}${path}`;
  }

  /**
   * Listens; resolves once it does. A second call returns the first one's promise.
   *
   * It may be called without waiting: a failure then ends the process as an unhandled rejection, with a message that says which port it was about.
   *
   * @throws {DashboardError} `DASHBOARD_PORT_TAKEN`, `DASHBOARD_LISTEN_FAILED`; `DASHBOARD_STOPPED` after `stop()`.
   */
  async start(): Promise<void> {
    if (this.#stopping !== null) {
      throw new DashboardError(
        DashboardErrorCode.DASHBOARD_STOPPED,
        'This DashboardServer was stopped. Create a new one to start again.',
      );
    }
    this.#starting ??= listen(this.#app, this.#config);
    this.#servers = await this.#starting;
  }

  /** Ends the event streams, answers what was asked, and frees the port. Idempotent: a second call returns the first one's promise. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Stops it, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** The Express app, with the dashboard mounted. Add your own routes before or after `start()`. */
  getApp(): Express {
    return this.#app;
  }

  async #stop(): Promise<void> {
    this.#router.close();
    const servers = (await this.#starting?.catch(() => [])) ?? [];
    const { clock = systemClock } = this.#config.routerOptions;
    await Promise.all(servers.map((server) => closeServer(server, clock)));
    this.#servers = [];
  }
}

/** Waits for the requests in hand, {@link SHUTDOWN_TIMEOUT} at most. */
async function closeServer(server: Server, clock: Clock): Promise<void> {
  const timer = clock.schedule(() => server.closeAllConnections(), SHUTDOWN_TIMEOUT);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  timer.cancel();
}
