import { HttpError, invalidInput } from './errors.ts';

/** The largest body that is read, in bytes. */
export const MAX_BODY_BYTES = 256 * 1024;
/** How deep a body's arrays and objects may nest. */
const MAX_JSON_DEPTH = 32;

/**
 * Reads a JSON body; `undefined` when there is none.
 * @throws {HttpError} 413 when it is larger than {@link MAX_BODY_BYTES}, 415 when it is not declared as JSON, 400 when it is none or nests too deep.
 */
export async function readJsonBody(request: Request): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  requireJson(request.headers.get('content-type'));
  const body = parseJson(bytes);
  if (isDeeperThan(body, MAX_JSON_DEPTH)) {
    throw invalidInput([{ path: 'body', message: `expected at most ${MAX_JSON_DEPTH} levels of nesting` }]);
  }
  return body;
}

async function readBytes(request: Request): Promise<Buffer> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  if (request.body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of unlessCut(request.body)) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A connection that ends early is the sender's doing, not a failure of ours. */
async function* unlessCut(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch {
    throw invalidInput([{ path: 'body', message: 'it ended before it was complete' }]);
  }
}

function tooLarge(): HttpError {
  const error = `The body is larger than ${MAX_BODY_BYTES} bytes.`;
  // The rest of the body is not waited for, so the connection cannot be used again.
  return new HttpError(413, { error, code: 'BODY_TOO_LARGE' }, { connection: 'close' });
}

function requireJson(contentType: string | null): void {
  const mediaType = contentType?.split(';')[0]?.trim().toLowerCase();
  if (mediaType === 'application/json') return;
  const error = `A body must be application/json, got ${contentType ?? 'no content-type'}.`;
  throw new HttpError(415, { error, code: 'UNSUPPORTED_MEDIA_TYPE' });
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalidInput([{ path: 'body', message: 'expected valid JSON in UTF-8' }]);
  }
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((entry) => isDeeperThan(entry, levels - 1));
}
