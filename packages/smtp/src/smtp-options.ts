import type { ConnectionOptions } from 'node:tls';
import { type EmailAddress, emailAddressSchema, parseOptions } from '@townkrier/core';
import type { Transporter } from 'nodemailer';
import { z } from 'zod';

/** Connections to the server at once. */
export const DEFAULT_MAX_CONNECTIONS = 5;
/** Milliseconds to reach the server and to be greeted by it. */
export const DEFAULT_CONNECTION_TIMEOUT = 10_000;
/** Milliseconds without a byte in either direction after which a connection is given up. */
export const DEFAULT_SOCKET_TIMEOUT = 60_000;

interface SenderConfig {
  /** The sender of messages that name none: `'Acme <hello@acme.com>'` or `{ email, name }`. */
  readonly from: string | EmailAddress;
  /** Where answers go, for messages that do not say. @default nowhere else than `from` */
  readonly replyTo?: string | EmailAddress | undefined;
  /** Whether attachments may name a `path`, which this process then reads, file or URL. @default false */
  readonly allowAttachmentPaths?: boolean | undefined;
  /**
   * Whether the server takes a mail only once however often it is handed over, told by its `Message-ID`. Plain SMTP does not; some relays and mailboxes of your own
   * do. Then a mail whose fate is unknown is handed over again instead of being held. @default false
   */
  readonly honoursIdempotencyKey?: boolean | undefined;
}

/** A server to connect to. */
export interface SmtpServerConfig extends SenderConfig {
  readonly host: string;
  /** @default 465 when `secure`, 587 otherwise */
  readonly port?: number | undefined;
  /** TLS from the first byte. Without it the connection is upgraded by STARTTLS where the server offers that. @default true on port 465 */
  readonly secure?: boolean | undefined;
  /** Whether to refuse a server that offers no TLS. @default true when there is `auth`, because the password would be sent in clear */
  readonly requireTls?: boolean | undefined;
  readonly auth?: { readonly user: string; readonly pass: string } | undefined;
  /** For a private CA, a client certificate and the like; as `tls.connect` takes it. */
  readonly tls?: ConnectionOptions | undefined;
  /** How this client calls itself in EHLO. @default the machine's name when it is qualified */
  readonly name?: string | undefined;
  /** @default {@link DEFAULT_MAX_CONNECTIONS} */
  readonly maxConnections?: number | undefined;
  /** Milliseconds. @default {@link DEFAULT_CONNECTION_TIMEOUT} */
  readonly connectionTimeout?: number | undefined;
  /** Milliseconds. @default {@link DEFAULT_SOCKET_TIMEOUT} */
  readonly socketTimeout?: number | undefined;
}

/** A nodemailer transporter of your own, for OAuth2, proxies, DKIM or SES. The channel never closes it. */
export interface SmtpTransportConfig extends SenderConfig {
  /**
   * What `nodemailer.createTransport` returned. Give a pool `maxRequeues: 0`: otherwise it repeats messages by itself.
   * The channel adds a `stream` plugin to it.
   */
  readonly transport: Transporter;
}

/** Options of {@link createSmtpChannel}: a server, or a transporter. */
export type SmtpConfig = SmtpServerConfig | SmtpTransportConfig;

const sender = {
  from: emailAddressSchema,
  replyTo: emailAddressSchema.optional(),
  allowAttachmentPaths: z.boolean().default(false),
  honoursIdempotencyKey: z.boolean().default(false),
};
const headerSafe = z.string().regex(/^[^\s\p{Cc}]+$/u, 'expected text without spaces and control characters');
const milliseconds = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);

const serverSchema = z.strictObject({
  ...sender,
  host: headerSafe,
  port: z.int().min(1).max(65_535).optional(),
  secure: z.boolean().optional(),
  requireTls: z.boolean().optional(),
  auth: z.strictObject({ user: z.string().min(1), pass: z.string().min(1) }).optional(),
  tls: z
    .custom<ConnectionOptions>((value) => typeof value === 'object' && value !== null, 'expected an object')
    .optional(),
  name: headerSafe.optional(),
  maxConnections: z.int().min(1).max(1000).default(DEFAULT_MAX_CONNECTIONS),
  connectionTimeout: milliseconds.default(DEFAULT_CONNECTION_TIMEOUT),
  socketTimeout: milliseconds.default(DEFAULT_SOCKET_TIMEOUT),
});

const transportSchema = z.strictObject({
  ...sender,
  transport: z.custom<Transporter>(isTransporter, "expected a transporter of nodemailer's createTransport"),
});

/** {@link SmtpServerConfig} with everything decided. */
export type SmtpServerOptions = z.output<typeof serverSchema>;
/** {@link SmtpConfig} with everything decided. */
export type SmtpOptions = SmtpServerOptions | z.output<typeof transportSchema>;

/** @throws {TownKrierError} `CONFIG_INVALID`, naming what is wrong; credentials are never shown. */
export function resolveSmtpOptions(config: SmtpConfig): SmtpOptions {
  const schema =
    typeof config === 'object' && config !== null && 'transport' in config ? transportSchema : serverSchema;
  return parseOptions(schema, config, 'the SMTP channel');
}

function isTransporter(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ['sendMail', 'use'].every((method) => typeof Reflect.get(value, method) === 'function');
}
