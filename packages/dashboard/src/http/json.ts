/** A JSON answer. Dates become ISO 8601, Maps objects, Sets arrays and BigInts texts, so that nothing an adapter keeps makes an answer fail. */
export function jsonResponse(
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body, jsonSafe), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  });
}

function jsonSafe(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  if (typeof value === 'bigint') return String(value);
  return value;
}
