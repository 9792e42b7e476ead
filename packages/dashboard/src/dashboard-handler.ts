import { type AccessPolicy, createAccessPolicy } from './access/access-policy.ts';
import { RateLimiter } from './access/rate-limit.ts';
import { guardQueue, guardStorage } from './guard.ts';
import { loadStats } from './handlers/get-stats.ts';
import { errorResponse, isInternal, tooManyRequests } from './http/errors.ts';
import { secureHeaders } from './http/headers.ts';
import type { RequestContext } from './http/request-context.ts';
import { EventHub } from './live/event-hub.ts';
import { EventStreams } from './live/event-streams.ts';
import { JobMetrics } from './live/job-metrics.ts';
import { StatsFeed } from './live/stats-feed.ts';
import { watchSources } from './live/watch-sources.ts';
import { type DashboardOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import type { Call } from './route.ts';
import { checkCall, createRouteFinder } from './router.ts';
import { API_ROUTES, UI_ROUTES } from './routes.ts';
import type { DashboardServices } from './services.ts';
import { UiFiles } from './ui-files.ts';
import { VERSION } from './version.ts';

/** A dashboard without a server: what a host hands requests to. */
export interface DashboardHandler<Native> {
  /**
   * Answers one request. The URL's path is the one inside the mount. Never rejects: what goes wrong becomes an answer.
   * Answers of the event stream end when {@link DashboardHandler.close} is called or their body is cancelled.
   */
  handle(request: Request, context: RequestContext<Native>): Promise<Response>;
  /** Ends the event streams and stops listening to queue and log. Other requests are still answered. Idempotent. */
  close(): void;
}

/**
 * Builds a dashboard on the Fetch API, for hosts other than Express.
 * @throws {TownKrierError} `CONFIG_INVALID`.
 */
export function createDashboardHandler<Native>(options: DashboardOptions<Native>): DashboardHandler<Native> {
  const resolved = resolveOptions(options);
  warnOfAccess(resolved);
  const { services, close } = createServices(resolved);
  const policy = createPolicy(resolved);
  const answer = createAnswer(services, policy);
  const { frameAncestors, createId, onError } = resolved;
  return {
    close,
    async handle(request, context) {
      const { response, kind } = await answer(request, context).catch((error: unknown) => {
        const requestId = createId();
        if (isInternal(error)) onError({ error, requestId });
        return { response: errorResponse(error, requestId), kind: 'page' as const };
      });
      secureHeaders(response.headers, { kind, frameAncestors });
      return response;
    },
  };
}

interface Answer {
  readonly response: Response;
  readonly kind: 'page' | 'preview';
}

/** In this order: who asks, what for, whether they may, and only then what exactly. */
function createAnswer<Native>(services: DashboardServices, policy: AccessPolicy<Native>) {
  const findRoute = createRouteFinder([...API_ROUTES, ...UI_ROUTES]);
  return async (request: Request, context: RequestContext<Native>): Promise<Answer> => {
    const principal = await policy(request, context);
    const path = new URL(request.url).pathname;
    const { route, params } = findRoute(request.method, path);
    const readmit = () => policy(request, context);
    const call: Call = { request, principal, services, path, originalPath: context.originalPath, readmit };
    checkCall(route, call);
    return { response: await route.answer(call, params), kind: route.kind ?? 'page' };
  };
}

function createPolicy<Native>(options: ResolvedOptions<Native>): AccessPolicy<Native> {
  return createAccessPolicy({
    credentials: options.credentials,
    authorize: options.authorize,
    isOpenToAnyone: options.dangerouslyAllowAnonymous,
    isReadOnly: options.isReadOnly,
    isProduction: options.environment === 'production',
    allowInsecureAuth: options.allowInsecureAuth,
    failedLoginsPerMinute: options.limits.failedLoginsPerMinute,
    clock: options.clock,
  });
}

function createServices<Native>(options: ResolvedOptions<Native>): {
  services: DashboardServices;
  close: () => void;
} {
  const { clock, timeout, limits, environment, publicPath } = options;
  const queue = guardQueue(options.queueManager, { clock, timeout });
  const storage = guardStorage(options.storageManager, { clock, timeout });
  const load = () => loadStats(queue, storage, clock);
  const hub = new EventHub(options.createId());
  const stats = new StatsFeed(load, clock);
  const metrics = new JobMetrics(clock);
  const streams = new EventStreams({ hub, stats, clock, version: VERSION }, limits.streamsPerPrincipal);
  const stopWatching = watchSources(queue, storage, { hub, metrics, stats });
  const changes = new RateLimiter({ limit: limits.changesPerMinute, windowMs: 60_000 }, clock);
  const services = {
    queue,
    storage,
    hub,
    streams,
    metrics,
    clock,
    environment,
    version: VERSION,
    ui: new UiFiles(options.uiDirectory),
    publicPath: publicPath === undefined ? undefined : publicPath.replace(/\/?$/, '/'),
    loadStats: load,
    countChange: (principalId: string) => countChange(changes, principalId),
  };
  const close = () => {
    stopWatching();
    streams.close();
  };
  return { services, close };
}

function countChange(changes: RateLimiter, principalId: string): void {
  const waitMs = changes.msUntilFree(principalId);
  if (waitMs > 0) throw tooManyRequests('Too many changes in a minute.', waitMs);
  changes.use(principalId);
}

function warnOfAccess<Native>(options: ResolvedOptions<Native>): void {
  const { credentials, authorize, dangerouslyAllowAnonymous, environment, onWarning } = options;
  if (dangerouslyAllowAnonymous) {
    onWarning('The dashboard lets anyone in who can reach it (dangerouslyAllowAnonymous).');
  } else if (credentials === undefined && authorize === undefined && environment === 'production') {
    onWarning('The dashboard refuses everyone: in production it needs `auth` or `authorize`.');
  }
}
