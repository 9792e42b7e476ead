import { type Request, Router } from 'express';
import { createDashboardHandler } from './dashboard-handler.ts';
import { toExpressHandler } from './http/express-host.ts';
import type { DashboardOptions } from './options.ts';

/** Options of {@link createDashboardRouter}. `authorize` and `readOnly` are given Express's request. */
export type DashboardRouterOptions = DashboardOptions<Request>;

/** An Express router that can be ended. */
export interface DashboardRouter extends Router {
  /** Ends the event streams, which would keep a closing server waiting, and stops listening to queue and log. Idempotent. */
  close(): void;
}

/**
 * The dashboard as an Express router, for Express 4 and 5. Mount it at any path, also behind proxies that take a prefix away; it answers everything below
 * that path and changes nothing else of the app.
 *
 * Without `auth` or `authorize` it answers only browsers on this machine, and in production nobody.
 *
 * @throws {TownKrierError} `CONFIG_INVALID`.
 * @example
 * app.use('/notifications', createDashboardRouter({ queueManager, storageManager }));
 */
export function createDashboardRouter(options: DashboardRouterOptions): DashboardRouter {
  const dashboard = createDashboardHandler(options);
  const router = Router();
  router.use(toExpressHandler(dashboard));
  return Object.assign(router, { close: () => dashboard.close() });
}
