import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** What a step of the conversation is answered with: a reply, or something worse. */
export type Answer = string | 'hang up' | 'say nothing';

/** The steps that can be answered otherwise than with success. `message` is the reply after the final dot. */
export interface Script {
  readonly greeting?: Answer;
  readonly EHLO?: Answer;
  readonly AUTH?: Answer;
  readonly MAIL?: Answer;
  readonly RCPT?: Answer;
  readonly DATA?: Answer;
  readonly message?: Answer;
  /** What happens when the first bytes of a message arrive. */
  readonly firstBytes?: 'hang up';
}

const SUCCESS = {
  greeting: '220 mail.example ESMTP',
  EHLO: '250-mail.example\r\n250 AUTH PLAIN',
  AUTH: '235 2.7.0 Authentication successful',
  MAIL: '250 2.1.0 Ok',
  RCPT: '250 2.1.5 Ok',
  DATA: '354 End data with <CR><LF>.<CR><LF>',
  message: '250 2.0.0 Ok: queued as 4F1A2B',
} satisfies Script;

/** An SMTP server on loopback that says what it is told to, also what no well-behaved server says. */
export class ScriptedServer implements AsyncDisposable {
  port = 0;
  /** Commands it was given, in order; a message counts as `message`. */
  readonly heard: string[] = [];
  /** Mails that it was handed whole, or refused before. */
  mails = 0;
  /** Called when it has read a step that it says nothing to. */
  onSilence: () => void = () => {};
  #script: typeof SUCCESS & Script;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(script: Script) {
    this.#script = { ...SUCCESS, ...script };
    this.#server = createServer((socket) => this.#converse(socket));
  }

  static async start(script: Script): Promise<ScriptedServer> {
    const server = new ScriptedServer(script);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    const address = server.#server.address();
    server.port = typeof address === 'object' && address !== null ? address.port : 0;
    return server;
  }

  /** Follows another script from the next step on. */
  follow(script: Script): void {
    this.#script = { ...SUCCESS, ...script };
  }

  /** Connections that are open. */
  get openConnections(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  #converse(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {});
    let unread = '';
    let isMessage = false;
    this.#answer(socket, this.#script.greeting);
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      unread += chunk;
      if (isMessage && this.#script.firstBytes) return this.#answer(socket, this.#script.firstBytes);
      for (;;) {
        const end = isMessage ? '\r\n.\r\n' : '\r\n';
        const at = unread.indexOf(end);
        if (at === -1) return;
        const step = isMessage ? 'message' : (unread.slice(0, at).split(' ')[0]?.toUpperCase() ?? '');
        unread = unread.slice(at + end.length);
        this.heard.push(step);
        const answer = Reflect.get(this.#script, step) ?? (step === 'QUIT' ? '221 Bye' : '250 Ok');
        if (step === 'message' || /^[45]/.test(answer)) this.mails++;
        isMessage = step === 'DATA' && answer.startsWith('3');
        this.#answer(socket, answer);
      }
    });
  }

  #answer(socket: Socket, answer: Answer): void {
    if (answer === 'hang up') socket.resetAndDestroy();
    else if (answer === 'say nothing') this.onSilence();
    else socket.write(`${answer}\r\n`);
  }
}
