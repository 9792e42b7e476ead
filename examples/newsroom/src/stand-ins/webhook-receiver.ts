import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { isSignedWith } from '../webhook-signature.ts';

/** An event that arrived. */
export interface ReceivedEvent {
  readonly key: string;
  readonly body: string;
}

/** Stands in for a partner's server, over real HTTP on loopback. It can be told to fail. Events with a key it knows it takes, and counts once. */
export class WebhookReceiver {
  readonly #server: Server;
  readonly #events = new Map<string, ReceivedEvent>();
  #failuresLeft = 0;
  #refused = 0;

  constructor(secret: string) {
    this.#server = createServer(async (request, response) => {
      const body = await textOf(request);
      if (!isSignedWith(secret, body, request.headers['x-newsroom-signature'])) response.statusCode = 401;
      else if (this.#failuresLeft > 0) response.statusCode = this.#refuse();
      else response.statusCode = this.#take(String(request.headers['idempotency-key']), body);
      response.end();
    });
  }

  /** Answers so many requests from now on with 503. */
  failNext(requests: number): void {
    this.#failuresLeft = requests;
  }

  get events(): readonly ReceivedEvent[] {
    return [...this.#events.values()];
  }

  /** Requests that it answered with 503. */
  get refused(): number {
    return this.#refused;
  }

  get failuresLeft(): number {
    return this.#failuresLeft;
  }

  /** @returns where it listens. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The system gave no port.');
    return `http://127.0.0.1:${address.port}/events`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #refuse(): number {
    this.#failuresLeft -= 1;
    this.#refused += 1;
    return 503;
  }

  #take(key: string, body: string): number {
    this.#events.set(key, { key, body });
    return 204;
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
