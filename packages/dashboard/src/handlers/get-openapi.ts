import { z } from 'zod';
import { jsonResponse } from '../http/json.ts';
import { errorSchema } from '../responses.ts';
import type { Call, Route } from '../route.ts';

/** The routes as an OpenAPI 3.1 document. */
function describeRoutes(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route) };
  }
  const schemas = { Error: toJsonSchema(errorSchema) };
  return {
    openapi: '3.1.0',
    info: { title: 'TownKrier dashboard', version },
    paths,
    components: { schemas },
  };
}

/** Answers with the document of these routes. */
export function createOpenApiHandler(routes: () => readonly Route[]): (call: Call) => Promise<Response> {
  return async ({ services }) => jsonResponse(describeRoutes(routes(), services.version));
}

function describeRoute(route: Route): object {
  return {
    summary: route.summary,
    'x-permission': route.permission,
    parameters: [...describeParameters(route.params, 'path'), ...describeParameters(route.query, 'query')],
    responses: {
      200: { description: 'Done.', content: describeContent(route.response) },
      default: {
        description: 'Refused or failed.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  };
}

function describeContent(response: Route['response']): object {
  return typeof response === 'string'
    ? { [response]: {} }
    : { 'application/json': { schema: toJsonSchema(response) } };
}

function describeParameters(schema: z.ZodType, place: 'path' | 'query'): object[] {
  const { properties = {}, required = [] } = toJsonSchema(schema);
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: property,
  }));
}

/** What goes in, not what our transformations make of it. */
function toJsonSchema(schema: z.ZodType) {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}
