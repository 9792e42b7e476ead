import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';

/** What the chat received: which room, what text, under which key. */
export interface ChatPost {
  readonly room: string;
  readonly body: string;
  readonly idempotencyKey: string;
}

/** Stands for the chat's API: takes every message, or does what it is told with it. */
export class ChatServer {
  readonly posts: ChatPost[] = [];
  url = '';
  /** Answers instead, while it is set. */
  answer: RequestListener | null = null;
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const idempotencyKey = String(request.headers['idempotency-key']);
      const body = Buffer.concat(await request.toArray()).toString();
      this.posts.push({ room: request.url?.split('/')[2] ?? '', body, idempotencyKey });
      if (this.answer !== null) this.answer(request, response);
      else response.end(JSON.stringify({ id: `chat-${this.posts.length}` }));
    });
  }

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (typeof address === 'object' && address !== null) this.url = `http://127.0.0.1:${address.port}`;
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
