const encoder = new TextEncoder();

/** A server-sent event. JSON has no line breaks of its own, so one `data:` line is enough. */
export function formatEvent(name: string, data: object, id?: string): Uint8Array {
  const idLine = id === undefined ? '' : `id: ${id}\n`;
  return encoder.encode(`${idLine}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** Tells a browser how long to wait before it connects again, in milliseconds. */
export function formatRetry(delayMs: number): Uint8Array {
  return encoder.encode(`retry: ${delayMs}\n\n`);
}
