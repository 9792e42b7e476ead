import { addRoute, createRouter, findRoute } from 'rou3';
import { refuseForeignChange } from './access/csrf.ts';
import { forbidden, methodNotAllowed, notFound } from './http/errors.ts';
import type { Call, Route } from './route.ts';

/** A route that fits a request, with what its path says. */
export interface RouteMatch {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/**
 * Finds routes in a table. A path of the table with another method is 405, everything that is not in the table 404.
 */
export function createRouteFinder(routes: readonly Route[]): (method: string, path: string) => RouteMatch {
  const router = createRouter<Map<string, Route>>();
  for (const [path, byMethod] of groupByPath(routes)) addRoute(router, '', path, byMethod);
  return (method, path) => {
    const found = findRoute(router, '', path);
    if (found === undefined) throw notFound();
    const route = found.data.get(method);
    if (route === undefined) throw methodNotAllowed([...found.data.keys()]);
    return { route, params: found.params ?? {} };
  };
}

function groupByPath(routes: readonly Route[]): Map<string, Map<string, Route>> {
  const byPath = new Map<string, Map<string, Route>>();
  for (const route of routes) {
    const byMethod = byPath.get(route.path) ?? new Map<string, Route>();
    byPath.set(route.path, byMethod.set(route.method, route));
  }
  return byPath;
}

/**
 * Whether this principal may make this call: not caused by another site, allowed, and not too often.
 * @throws {HttpError} 403 or 429.
 */
export function checkCall(route: Route, call: Call): void {
  if (route.method !== 'GET') refuseForeignChange(call.request);
  const { permission } = route;
  if (permission !== 'any' && !call.principal.permissions.has(permission)) {
    throw forbidden(`This needs the permission ${permission}, which ${call.principal.name} does not have.`);
  }
  if (route.method !== 'GET') call.services.countChange(call.principal.id);
}
