import { parseOptions } from '@townkrier/core';
import { z } from 'zod';
import type { DashboardRouterOptions } from './create-dashboard-router.ts';
import { dashboardOptionsShape } from './options.ts';

/** Options of a {@link DashboardServer}: the dashboard's, and where it listens. */
export interface DashboardServerConfig extends DashboardRouterOptions {
  /** 0 takes any free one; see {@link DashboardServer.url}. @default 3000 */
  readonly port?: number | undefined;
  /** Where the dashboard is mounted. @default '/dashboard' */
  readonly path?: string | undefined;
  /** The address to listen on. @default this machine only, under both of its loopback addresses */
  readonly host?: string | undefined;
}

/** The config, split into what the server needs and what the dashboard does. */
export interface ResolvedServerConfig {
  readonly port: number;
  readonly path: string;
  readonly host: string | undefined;
  readonly routerOptions: DashboardRouterOptions;
}

const portError = 'expected a port from 0 to 65535';

const configSchema = z.strictObject({
  ...dashboardOptionsShape,
  port: z.int(portError).min(0, portError).max(65_535, portError).default(3000),
  path: z
    .string()
    .regex(/^\/[\w\-./~]*$/, 'expected a path such as /dashboard')
    .default('/dashboard'),
  host: z.string().min(1, 'expected an address or a host name').optional(),
});

/**
 * Checks the config of a server.
 * @throws {TownKrierError} `CONFIG_INVALID`.
 */
export function resolveServerConfig(config: DashboardServerConfig): ResolvedServerConfig {
  const { port, path, host } = parseOptions(configSchema, config, 'DashboardServer');
  const { port: _port, path: _path, host: _host, ...routerOptions } = config;
  return { port, path, host, routerOptions };
}
