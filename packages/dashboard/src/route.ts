import type { z } from 'zod';
import type { AdmittedPrincipal, Permission } from './access/permissions.ts';
import { readJsonBody } from './http/body.ts';
import { decodeParams, parseInput, readQuery } from './http/input.ts';
import type { DashboardServices } from './services.ts';

type RouteMethod = 'GET' | 'POST' | 'DELETE';

/** What a handler gets besides its checked input. */
export interface Call {
  readonly request: Request;
  readonly principal: AdmittedPrincipal;
  readonly services: DashboardServices;
  /** The path inside the mount, as it was asked for. */
  readonly path: string;
  /** The path with the mount, as the host got it. */
  readonly originalPath: string;
  /** Who is asking now: the principal again, or an error when it is not let in any more. */
  readonly readmit: () => Promise<AdmittedPrincipal>;
}

/** A call with what a schema made of its input. */
export type CheckedCall<Params, Query> = Call & { readonly params: Params; readonly query: Query };

/** One line of the route table. */
export interface RouteDefinition<Params, Query> {
  readonly method: RouteMethod;
  /** Inside the mount; `:name` is one segment, `**` the rest. */
  readonly path: string;
  /** One sentence, for people and for OpenAPI. */
  readonly summary: string;
  /** What the principal must be allowed; `any` is for everyone who is let in. */
  readonly permission: Permission | 'any';
  readonly params: z.ZodType<Params>;
  readonly query: z.ZodType<Query>;
  /** Absent: a body is not read. */
  readonly body?: z.ZodType;
  /** What a 200 holds: JSON of this schema, or something else of this media type. */
  readonly response: z.ZodType | 'text/html' | 'text/event-stream' | '*/*';
  /** `preview` for a stored message: the stricter security headers. @default 'page' */
  readonly kind?: 'page' | 'preview';
  readonly handle: (call: CheckedCall<Params, Query>) => Promise<Response>;
}

/** A route as the router sees it: what its handler takes is nobody else's business. */
export interface Route extends Omit<RouteDefinition<unknown, unknown>, 'handle'> {
  /** Checks the input, then answers. @throws {HttpError} 400, 413 or 415 for bad input, and whatever the handler throws. */
  readonly answer: (call: Call, rawParams: Readonly<Record<string, string>>) => Promise<Response>;
}

/** Ties a handler to the schemas of its input. */
export function defineRoute<Params, Query>(definition: RouteDefinition<Params, Query>): Route {
  const { handle, ...line } = definition;
  return {
    ...line,
    async answer(call, rawParams) {
      const params = parseInput(line.params, decodeParams(rawParams), 'path');
      const query = parseInput(line.query, readQuery(new URL(call.request.url).searchParams), 'query');
      if (line.body !== undefined) parseInput(line.body, await readJsonBody(call.request), 'body');
      return await handle({ ...call, params, query });
    },
  };
}
