import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { z } from 'zod';

const fixtureSchema = z.strictObject({
  status: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.unknown(),
});

/** A reply as Resend documents it, from `src/__fixtures__`. */
export type Fixture = z.output<typeof fixtureSchema>;

export function readFixture(name: string): Fixture {
  const url = new URL(`../src/__fixtures__/${name}.json`, import.meta.url);
  return fixtureSchema.parse(JSON.parse(readFileSync(url, 'utf8')));
}

/** What arrived. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

/** Resend on loopback: records what it is asked, answers with the recorded reply it was given last. */
export class RecordedResend implements AsyncDisposable {
  readonly requests: RecordedRequest[] = [];
  /** Where it listens, also after it has stopped. */
  baseUrl = '';
  readonly #server: Server;
  #answer: RequestListener = () => {};

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString('utf8');
      this.requests.push({
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: JSON.parse(body),
      });
      this.#answer(request, response);
    });
  }

  static async start(): Promise<RecordedResend> {
    const resend = new RecordedResend();
    resend.answer('accepted');
    resend.#server.listen(0, '127.0.0.1');
    await once(resend.#server, 'listening');
    resend.baseUrl = `http://127.0.0.1:${portOf(resend.#server)}`;
    return resend;
  }

  /** Answers all requests from now on with a fixture, or as a function says. */
  answer(how: string | Fixture | RequestListener): void {
    if (typeof how === 'function') {
      this.#answer = how;
      return;
    }
    const fixture = typeof how === 'string' ? readFixture(how) : how;
    const body = typeof fixture.body === 'string' ? fixture.body : JSON.stringify(fixture.body);
    this.#answer = (_request, response) => response.writeHead(fixture.status, fixture.headers).end(body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen.');
  return address.port;
}
