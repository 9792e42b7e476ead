export { GREYLIST_WAIT } from './greylisting.ts';
export { createSmtpChannel } from './smtp-channel.ts';
export type { SmtpConfig, SmtpServerConfig, SmtpTransportConfig } from './smtp-options.ts';
export {
  DEFAULT_CONNECTION_TIMEOUT,
  DEFAULT_MAX_CONNECTIONS,
  DEFAULT_SOCKET_TIMEOUT,
} from './smtp-options.ts';
