import { z } from 'zod';

/** `ada:her-secret-token,grace:another-secret` */
const owners = z.string().transform((text, context) =>
  text.split(',').map((pair) => {
    const [, name, token] = /^([\w.-]{1,64}):(\S{16,})$/.exec(pair.trim()) ?? [];
    if (name !== undefined && token !== undefined) return { name, token };
    context.addIssue('expected name:token, the token of 16 characters or more, and commas between several');
    return z.NEVER;
  }),
);

/** What the environment may say. An empty variable counts as none. */
const schema = z
  .object({
    PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
    DATA_FOLDER: z.string().default('newsroom-data'),
    OWNERS: owners.default([]),
    RETRY_DELAY: z.coerce.number().int().min(0).default(2000),
    DESTRUCTIVE_ACTIONS_PER_MINUTE: z.coerce.number().int().min(1).default(10),
  })
  .transform((environment) => ({
    port: environment.PORT,
    /** Where articles, jobs and the audit log are kept. */
    dataFolder: environment.DATA_FOLDER,
    /** Without one the owner's page and its API stay closed. */
    owners: environment.OWNERS,
    /** Milliseconds. */
    retryDelay: environment.RETRY_DELAY,
    destructiveActionsPerMinute: environment.DESTRUCTIVE_ACTIONS_PER_MINUTE,
  }));

/** How a newsroom runs. */
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
