import { connect, createServer, type Server, type Socket } from 'node:net';
import { serverUrl } from './test-server.ts';

/** Stands between the tests and the server, and loses what passes without telling anybody, as networks do. */
export class TcpProxy {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [client: Socket, server: Socket]>();
  readonly #frozen = new WeakSet<Socket>();
  #isMute = false;
  #lastWords: string | null = null;

  private constructor(target: URL) {
    this.#server = createServer((client) =>
      this.#join(client, connect(Number(target.port), target.hostname)),
    );
  }

  /** Listens on a free port of 127.0.0.1 for what is meant for the server of the tests. */
  static async open(): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(serverUrl()));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The address of the server by way of the proxy. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy is closed');
    const url = new URL(serverUrl());
    url.port = String(address.port);
    return url.href;
  }

  /**
   * The server goes on hearing everything, but its answers get lost.
   * @param lastWords - Only when it has been asked this.
   */
  mute(lastWords?: string): void {
    if (lastWords === undefined) this.#isMute = true;
    else this.#lastWords = lastWords;
  }

  /** Answers pass again. What was lost stays lost. */
  unmute(): void {
    this.#isMute = false;
    this.#lastWords = null;
  }

  /** Makes all connections half open: nothing arrives at either end any more, and nobody is told. New ones work. */
  freeze(): void {
    for (const pair of this.#pairs) for (const socket of pair) this.#frozen.add(socket);
  }

  /** Ends all connections as a crash would; new ones are welcome. */
  cut(): void {
    for (const [client, server] of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket, server: Socket): void {
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    client.on('data', (piece) => {
      if (this.#lastWords !== null && piece.includes(this.#lastWords)) this.#isMute = true;
      if (!this.#frozen.has(client)) server.write(piece);
    });
    server.on('data', (piece) => {
      if (!this.#isMute && !this.#frozen.has(server)) client.write(piece);
    });
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#pairs.delete(pair);
        client.destroy();
        server.destroy();
      });
    }
  }
}
