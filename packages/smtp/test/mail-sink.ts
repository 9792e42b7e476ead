import { once } from 'node:events';
import type { Server } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A mail that arrived: its envelope, its bytes, and what a mail reader makes of them. */
export interface ArrivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly mail: Email;
  /** Whether it came over TLS. */
  readonly isSecure: boolean;
  /** Who was logged in. */
  readonly user: string | undefined;
}

/** A real SMTP server on loopback that keeps what it receives. */
export class MailSink implements AsyncDisposable {
  readonly arrived: ArrivedMail[] = [];
  /** Connections that were opened so far. */
  connections = 0;
  port = 0;
  readonly #server: SMTPServer;

  private constructor(options: SMTPServerOptions) {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      logger: false,
      closeTimeout: 100,
      onConnect: (_session, done) => {
        this.connections++;
        done();
      },
      onAuth: ({ username, password }, _session, done) =>
        password === 'correct' ? done(null, { user: username ?? '' }) : done(new Error('wrong')),
      onData: (stream, session, done) => {
        const { mailFrom, rcptTo } = session.envelope;
        stream
          .toArray()
          .then(async (chunks) => {
            const bytes = Buffer.concat(chunks);
            this.arrived.push({
              from: mailFrom === false ? '' : mailFrom.address,
              to: rcptTo.map(({ address }) => address),
              raw: bytes.toString('latin1'),
              mail: await PostalMime.parse(bytes),
              isSecure: session.secure,
              user: session.user,
            });
          })
          .then(() => done(), done);
      },
      ...options,
    });
    // A client that hangs up is part of the tests.
    this.#server.on('error', () => {});
  }

  static async start(options: SMTPServerOptions = {}): Promise<MailSink> {
    const sink = new MailSink(options);
    const listener: Server = sink.#server.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    sink.port = typeof address === 'object' && address !== null ? address.port : 0;
    return sink;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(resolve));
  }
}
