import { z } from 'zod';

const onOrOff = z.enum(['on', 'off']).transform((value) => value === 'on');

/** What the environment may say. An empty variable counts as none. */
const schema = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
    DATA_FOLDER: z.string().default('order-desk-data'),
    REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
    SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
    MAIL_FROM: z.string().default('Order desk <orders@example.com>'),
    ADMIN_EMAIL: z.email().default('admin@example.com'),
    ADMIN_PASSWORD: z.string().min(12, 'expected 12 characters or more').optional(),
    BRIEFING_CRON: z.string().default('30 7 * * MON-FRI'),
    BRIEFING_TIME_ZONE: z.string().default('Europe/Vienna'),
    RATE_LIMITS: onOrOff.default(true),
    FULFILMENT: z.enum(['queued', 'inline']).default('queued'),
  })
  .transform((environment) => ({
    host: environment.HOST,
    port: environment.PORT,
    /** Where orders, waiting jobs and the log are kept. */
    dataFolder: environment.DATA_FOLDER,
    redisUrl: environment.REDIS_URL,
    smtpUrl: environment.SMTP_URL,
    mailFrom: environment.MAIL_FROM,
    adminEmail: environment.ADMIN_EMAIL,
    /** Without one nobody is an admin. */
    adminPassword: environment.ADMIN_PASSWORD,
    briefing: { cron: environment.BRIEFING_CRON, timeZone: environment.BRIEFING_TIME_ZONE },
    hasRateLimits: environment.RATE_LIMITS,
    /** Does everything within the request, to compare with. */
    isInline: environment.FULFILMENT === 'inline',
  }));

/** How an order desk runs. */
export type Settings = z.output<typeof schema>;

/** Wrong settings, for the person who starts it. */
export class SettingsError extends Error {}

/** @throws {SettingsError} naming each variable that is wrong, and never its value. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new SettingsError(
    parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'),
  );
}
