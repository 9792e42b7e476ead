import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/** How a catcher behaves. */
export interface MailCatcherOptions {
  /** Each mail is a file in it, named for its `Message-ID`. */
  readonly folder: string;
  /** Milliseconds until a mail is taken, as servers that are further away need. @default 0 */
  readonly delayMs?: number;
}

/**
 * An SMTP server on loopback that takes every mail and sends none on: open its files with any mail program. A mail that it has is taken and not kept again, so a sender may hand it over twice.
 */
export class MailCatcher {
  readonly #folder: string;
  readonly #delayMs: number;
  readonly #server: SMTPServer;

  constructor({ folder, delayMs = 0 }: MailCatcherOptions) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#delayMs = delayMs;
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onData: (stream, _session, done) => {
        this.#keep(stream).then(() => done(), done);
      },
    });
  }

  /** Starts it on a port of 127.0.0.1, a free one where it is 0, and resolves with where it is. */
  listen(port = 0): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      const listener = this.#server.listen(port, '127.0.0.1', () => {
        const address = listener.address();
        if (address !== null && typeof address === 'object') resolve(`smtp://127.0.0.1:${address.port}`);
      });
    });
  }

  /** How many mails it has. */
  get count(): number {
    return this.#files().length;
  }

  /** The mails, in no order. */
  mails(): Promise<Email[]> {
    return Promise.all(this.#files().map((name) => PostalMime.parse(readFileSync(join(this.#folder, name)))));
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #files(): string[] {
    return readdirSync(this.#folder).filter((name) => name.endsWith('.eml'));
  }

  async #keep(stream: NodeJS.ReadableStream): Promise<void> {
    const raw = await buffer(stream);
    await wait(this.#delayMs);
    const { messageId = '' } = await PostalMime.parse(raw);
    const file = join(
      this.#folder,
      `${createHash('sha256').update(messageId).digest('hex').slice(0, 32)}.eml`,
    );
    if (existsSync(file)) return;
    // Whole or not at all, and kept before the sender hears of it, as the rules of mail ask (RFC 5321, 4.2.5).
    writeFileSync(`${file}.part`, raw, { flush: true });
    renameSync(`${file}.part`, file);
  }
}
