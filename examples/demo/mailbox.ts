import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { z } from 'zod';

/** A mail that arrived. */
export interface ReceivedMail {
  readonly messageId: string;
  readonly to: string;
  readonly subject: string;
}

/** When the mailbox plays dead: after so many mails, for so many milliseconds from the first one it refuses. */
export interface Outage {
  readonly afterMails: number;
  readonly milliseconds: number;
}

/**
 * A real SMTP server on loopback that keeps what it receives in a file, and is out of order for a while, as servers are. A mail with a `Message-ID` that it has is
 * taken and not kept again, so a sender may hand it over twice.
 */
export class Mailbox {
  /** What it keeps, of earlier runs too. */
  readonly received: ReceivedMail[];
  /** How many mails it turned away. */
  refused = 0;
  /** How many mails it had already. */
  repeated = 0;
  readonly #file: string;
  readonly #server: SMTPServer;
  readonly #outage: Outage;
  #outageStartedAt: number | null = null;

  constructor(file: string, outage: Outage) {
    this.#file = file;
    this.#outage = outage;
    this.received = existsSync(file) ? readMails(file) : [];
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onMailFrom: (_address, _session, done) => (this.#isDown() ? done(this.#refuse()) : done()),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          this.#keep(Buffer.concat(chunks), session.envelope.rcptTo[0]?.address ?? '').then(
            () => done(),
            done,
          );
        });
      },
    });
  }

  /** Starts it on a free port of 127.0.0.1. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      const listener = this.#server.listen(0, '127.0.0.1', () => {
        const address = listener.address();
        if (address !== null && typeof address === 'object') resolve(address.port);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #isDown(): boolean {
    if (this.received.length < this.#outage.afterMails) return false;
    this.#outageStartedAt ??= Date.now();
    return Date.now() - this.#outageStartedAt < this.#outage.milliseconds;
  }

  #refuse(): Error {
    this.refused++;
    return Object.assign(new Error('4.3.2 System not accepting messages, try again later'), {
      responseCode: 451,
    });
  }

  async #keep(raw: Buffer, to: string): Promise<void> {
    const mail = await PostalMime.parse(raw);
    const received = { messageId: mail.messageId ?? '', to, subject: mail.subject ?? '' };
    if (this.received.some(({ messageId }) => messageId === received.messageId)) {
      this.repeated++;
      return;
    }
    // Kept before the sender hears of it, as the rules of mail ask (RFC 5321, 4.2.5).
    appendFileSync(this.#file, `${JSON.stringify(received)}\n`, { flush: true });
    this.received.push(received);
  }
}

const mailSchema = z.object({ messageId: z.string(), to: z.string(), subject: z.string() });

/** Each whole line of the file; one that was cut short was never acknowledged. */
function readMails(file: string): ReceivedMail[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => mailSchema.parse(JSON.parse(line)));
}
