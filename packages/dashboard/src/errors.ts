import { TownKrierError } from '@townkrier/core';

/** The codes that `@townkrier/dashboard` throws, besides `CONFIG_INVALID`. */
export const DashboardErrorCode = {
  /** Another process listens on the port already. */
  DASHBOARD_PORT_TAKEN: 'DASHBOARD_PORT_TAKEN',
  /** The server could not listen for another reason: see `cause`. */
  DASHBOARD_LISTEN_FAILED: 'DASHBOARD_LISTEN_FAILED',
  /** `start()` after `stop()`. */
  DASHBOARD_STOPPED: 'DASHBOARD_STOPPED',
} as const;
export type DashboardErrorCode = (typeof DashboardErrorCode)[keyof typeof DashboardErrorCode];

/** An error of the dashboard's own server. Errors of single requests are answered, never thrown. */
export class DashboardError extends TownKrierError {
  /** The port it was about, when there is one. */
  readonly port: number | undefined;

  constructor(
    code: DashboardErrorCode,
    message: string,
    options: { readonly port?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { code, cause: options.cause });
    this.port = options.port;
  }
}
