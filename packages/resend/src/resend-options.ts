import {
  type Clock,
  type EmailAddress,
  emailAddressSchema,
  functionOption,
  parseOptions,
  systemClock,
} from '@townkrier/core';
import { z } from 'zod';

/** Where Resend's API is. */
export const DEFAULT_BASE_URL = 'https://api.resend.com';

/** Options of {@link createResendChannel}. */
export interface ResendConfig {
  /** From resend.com/api-keys. The type allows `undefined` so that `process.env.RESEND_API_KEY` fits; the value is refused. */
  readonly apiKey: string | undefined;
  /** The sender of messages that name none: `'Acme <hello@acme.com>'` or `{ email, name }`. Its domain must be verified at Resend. */
  readonly from: string | EmailAddress;
  /** Where answers go, for messages that do not say. @default nowhere else than `from` */
  readonly replyTo?: string | EmailAddress | undefined;
  /** Another address of the API, for tests and proxies. @default {@link DEFAULT_BASE_URL} */
  readonly baseUrl?: string | undefined;
  /** Another `fetch`, for proxies and tracing. @default the global one, looked up at each call */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Tells the time, to read dates in `Retry-After`. @default the machine's */
  readonly clock?: Clock | undefined;
}

const configSchema = z.strictObject({
  // Checked here because `fetch` quotes a header value that it refuses, and this one is a secret.
  apiKey: z
    .string('expected an API key')
    .regex(/^[!-~]+$/, 'expected an API key of visible ASCII characters'),
  from: emailAddressSchema,
  replyTo: emailAddressSchema.optional(),
  baseUrl: z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }).default(DEFAULT_BASE_URL),
  fetch: functionOption<typeof globalThis.fetch>().optional(),
  clock: z
    .custom<Clock>((value) => typeof value === 'object' && value !== null, 'expected a clock')
    .default(systemClock),
});

/** {@link ResendConfig} with everything decided. */
export type ResendOptions = z.output<typeof configSchema>;

/** @throws {TownKrierError} `CONFIG_INVALID`, naming what is wrong; the API key is never shown. */
export function resolveResendOptions(config: ResendConfig): ResendOptions {
  return parseOptions(configSchema, config, 'the Resend channel');
}
