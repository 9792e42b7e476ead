import { connect, createServer, type Server, type Socket } from 'node:net';

/** What a proxy does to what passes. `frozen`: it accepts and forwards nothing, in neither direction, as a half-open connection. */
type Mode = 'clear' | 'slow' | 'frozen' | 'refusing';

/** A TCP proxy on loopback that can cut, freeze and slow down what passes through it. */
export class TcpProxy {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #mode: Mode = 'clear';
  #delay = 0;
  #thawed: () => void = () => undefined;
  #untilThawed: Promise<void> = Promise.resolve();

  private constructor(target: number) {
    this.#server = createServer((client) => this.#join(client, target));
  }

  /** Listens on a free port and forwards to `target`, a port of 127.0.0.1. */
  static async to(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy is closed');
    return address.port;
  }

  /** Open connections. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** Ends all connections with an RST; new ones are welcome. */
  cut(): void {
    for (const [client, server] of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** From now on nothing passes, and nobody is told; bytes wait. */
  freeze(): void {
    this.#mode = 'frozen';
    this.#untilThawed = new Promise((resolve) => {
      this.#thawed = resolve;
    });
  }

  /** From now on each piece arrives `delay` milliseconds late. */
  slow(delay: number): void {
    this.clear();
    this.#mode = 'slow';
    this.#delay = delay;
  }

  /** Cuts all connections and refuses new ones. */
  refuse(): void {
    this.clear();
    this.#mode = 'refusing';
    this.cut();
  }

  /** Everything passes again, what waited first. */
  clear(): void {
    this.#mode = 'clear';
    this.#delay = 0;
    this.#thawed();
  }

  async close(): Promise<void> {
    this.clear();
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket, target: number): void {
    if (this.#mode === 'refusing') {
      client.resetAndDestroy();
      return;
    }
    const server = connect(target, '127.0.0.1');
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#pairs.delete(pair);
        client.destroy();
        server.destroy();
      });
    }
    void this.#forward(client, server);
    void this.#forward(server, client);
  }

  /** One piece after the other, so that none overtakes another; while one waits, its sender fills its buffers, as on a real line. */
  async #forward(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const piece of from) {
        await this.#untilThawed;
        if (this.#delay > 0) await new Promise((resolve) => setTimeout(resolve, this.#delay));
        if (!to.write(piece))
          await new Promise((resolve) => to.once('drain', resolve).once('close', resolve));
      }
      to.end();
    } catch {
      // The connection was cut; both ends hear of it by their own 'close'.
    }
  }
}
