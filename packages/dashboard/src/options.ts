import {
  type Clock,
  createId,
  functionOption,
  parseOptions,
  systemClock,
  TownKrierError,
} from '@townkrier/core';
import { z } from 'zod';
import type { Authorize } from './access/access-policy.ts';
import type { DashboardQueue, DashboardStorage } from './sources.ts';

/** Names a way in with one user. */
export interface DashboardAuth {
  /** `false` leaves the dashboard as closed as without `auth`. @default true */
  readonly enabled?: boolean | undefined;
  /** Must not contain a colon: Basic authentication ends the name there. */
  readonly username: string;
  /** In production at least {@link MIN_PASSWORD_LENGTH} characters. */
  readonly password: string;
}

/** How much is allowed. All bounds hold a process, not a cluster. */
export interface DashboardLimits {
  /** Wrong passwords an address may send a minute. @default 5 */
  readonly failedLoginsPerMinute?: number | undefined;
  /** Retries, cancels and deletes a principal may ask for a minute. @default 60 */
  readonly changesPerMinute?: number | undefined;
  /** Event streams a principal may hold open. @default 5 */
  readonly streamsPerPrincipal?: number | undefined;
}

/** What went wrong inside while answering a request, with the id its answer named. */
export interface DashboardFailure {
  readonly error: unknown;
  readonly requestId: string;
}

/** Options of a dashboard, whatever serves it. `Native` is the host's own request. */
export interface DashboardOptions<Native = unknown> {
  readonly queueManager: DashboardQueue;
  readonly storageManager: DashboardStorage;
  /** HTTP Basic authentication with one user, who may do everything. */
  readonly auth?: DashboardAuth | undefined;
  /** Your own authentication. Not together with `auth`. */
  readonly authorize?: Authorize<Native> | undefined;
  /** Takes away everything that changes something; a function decides each request, and one that throws means `true`. @default false */
  readonly readOnly?: boolean | ((request: Native) => boolean) | undefined;
  /** Lets in whoever can reach it, as admin. Not together with `auth` or `authorize`. @default false */
  readonly dangerouslyAllowAnonymous?: boolean | undefined;
  /** Takes passwords over plain http from other machines too. @default false */
  readonly allowInsecureAuth?: boolean | undefined;
  /** Who may show the dashboard in a frame: origins such as `https://intranet.example.com`, or `'self'` in single quotes. @default nobody */
  readonly frameAncestors?: readonly string[] | undefined;
  /**
   * Where browsers find the dashboard, such as `/ops/dashboard`. Needed only when a proxy renames the last part of the path or strips all of it;
   * otherwise the dashboard works out of the box at any path.
   */
  readonly publicPath?: string | undefined;
  readonly limits?: DashboardLimits | undefined;
  /** Milliseconds the queue or the log may take to answer; then the answer is 503. @default 10000 */
  readonly timeout?: number | undefined;
  /** `production` closes a dashboard without authentication. @default process.env.NODE_ENV */
  readonly environment?: string | undefined;
  /** Told what went wrong inside; answers only carry the id. @default a process warning */
  readonly onError?: ((failure: DashboardFailure) => void) | undefined;
  /** Told once, at construction, about a dashboard that lets nobody in or everybody. @default a process warning */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** The built UI. @default what the package ships */
  readonly uiDirectory?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly createId?: (() => string) | undefined;
}

/** The shortest password taken in production, in characters. */
export const MIN_PASSWORD_LENGTH = 12;

const DEFAULT_LIMITS = { failedLoginsPerMinute: 5, changesPerMinute: 60, streamsPerPrincipal: 5 };

const whole = z.int('expected a whole number').min(1, 'expected a whole number of 1 or more');

const authSchema = z.strictObject({
  enabled: z.boolean('expected true or false').default(true),
  username: z.string('expected a text'),
  password: z.string('expected a text'),
});

const frameAncestor = z
  .string()
  .regex(
    /^('self'|https?:\/\/[^\s;,'"]+)$/,
    "expected an origin such as https://example.com, or 'self' in quotes",
  );

const optionsShape = {
  queueManager: withMethods<DashboardQueue>('a QueueManager', ['getStats', 'findJobs', 'getJob', 'on']),
  storageManager: withMethods<DashboardStorage>('a StorageManager', ['getStats', 'queryLogs', 'getLog']),
  auth: authSchema.optional(),
  authorize: functionOption<Authorize<never>>().optional(),
  readOnly: z.union([z.boolean(), functionOption<(request: never) => boolean>()]).default(false),
  dangerouslyAllowAnonymous: z.boolean().default(false),
  allowInsecureAuth: z.boolean().default(false),
  frameAncestors: z.array(frameAncestor).default([]),
  publicPath: z
    .string()
    .regex(/^\/[^\s?#"'<>\\]*$/, 'expected a path that starts with /')
    .optional(),
  limits: z
    .strictObject({
      failedLoginsPerMinute: whole.default(DEFAULT_LIMITS.failedLoginsPerMinute),
      changesPerMinute: whole.default(DEFAULT_LIMITS.changesPerMinute),
      streamsPerPrincipal: whole.default(DEFAULT_LIMITS.streamsPerPrincipal),
    })
    .default(DEFAULT_LIMITS),
  timeout: whole.default(10_000),
  environment: z.string().optional(),
  onError: functionOption<(failure: DashboardFailure) => void>().default(() => warnOfFailure),
  onWarning: functionOption<(message: string) => void>().default(() => warn),
  uiDirectory: z.string().min(1).optional(),
  clock: withMethods<Clock>('a Clock', ['now', 'schedule']).default(() => systemClock),
  createId: functionOption<() => string>().default(() => createId),
};

/** The shape of the options, for hosts that add their own to it. */
export const dashboardOptionsShape = optionsShape;

const optionsSchema = z.strictObject(optionsShape);

/** Options with every default applied. */
export interface ResolvedOptions<Native>
  extends Omit<z.output<typeof optionsSchema>, 'auth' | 'authorize' | 'readOnly' | 'environment'> {
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  readonly authorize: Authorize<Native> | undefined;
  readonly isReadOnly: (request: Native) => boolean;
  readonly environment: string;
}

/**
 * Checks options and fills in what is left out.
 * @throws {TownKrierError} `CONFIG_INVALID`, naming what is wrong and what was expected; never the password.
 */
export function resolveOptions<Native>(options: DashboardOptions<Native>): ResolvedOptions<Native> {
  const {
    auth,
    environment = process.env['NODE_ENV'] ?? 'development',
    ...parsed
  } = parseOptions(optionsSchema, options, 'the dashboard');
  const credentials = auth?.enabled === true ? auth : undefined;
  if (credentials !== undefined) checkCredentials(credentials, environment);
  refuseContradictions(options, credentials !== undefined);
  const { authorize, readOnly = false } = options;
  const isReadOnly = typeof readOnly === 'function' ? readOnly : () => readOnly;
  return { ...parsed, credentials, authorize, isReadOnly, environment };
}

function checkCredentials(credentials: DashboardAuth, environment: string): void {
  const { username, password } = credentials;
  if (username === '' || username.includes(':')) {
    throw invalid(`auth.username must be a text without a colon, got ${JSON.stringify(username)}.`);
  }
  if (password === '')
    throw invalid('auth.password must not be empty: with an empty password anyone is let in.');
  if (environment === 'production' && [...password].length < MIN_PASSWORD_LENGTH) {
    throw invalid(`auth.password must have at least ${MIN_PASSWORD_LENGTH} characters in production.`);
  }
  if (environment === 'production' && password.toLowerCase().includes(username.toLowerCase())) {
    throw invalid('auth.password must not contain auth.username in production.');
  }
}

function refuseContradictions(options: DashboardOptions<never>, hasCredentials: boolean): void {
  const ways = [
    ...(hasCredentials ? ['auth'] : []),
    ...(options.authorize === undefined ? [] : ['authorize']),
    ...(options.dangerouslyAllowAnonymous === true ? ['dangerouslyAllowAnonymous'] : []),
  ];
  if (ways.length > 1) throw invalid(`${ways.join(' and ')} contradict each other: give one of them.`);
}

function invalid(problem: string): TownKrierError {
  return new TownKrierError(`Options of the dashboard are invalid: ${problem}`, { code: 'CONFIG_INVALID' });
}

function withMethods<Type>(what: string, names: readonly (keyof Type & string)[]): z.ZodType<Type> {
  return z.custom<Type>((value) => hasMethods(value, names), `expected ${what}`);
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === 'function')
  );
}

function warnOfFailure({ error, requestId }: DashboardFailure): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`The dashboard could not answer request ${requestId}.`, {
    type: 'TownKrierWarning',
    detail,
  });
}

function warn(message: string): void {
  process.emitWarning(message, { type: 'TownKrierWarning' });
}
