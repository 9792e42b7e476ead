import type { Readable } from 'node:stream';
import type { Transporter } from 'nodemailer';

/** Tells of a mail, named by the signal it was sent with, whether the connection was handed all of it. */
export type BodyWatch = (signal: AbortSignal) => boolean;

/**
 * Watches the mails of a transporter. nodemailer reads a mail's stream only once the server has answered `DATA` with 354, and writes the dot that ends
 * the mail when the stream has ended. So as long as the stream has not ended, the server cannot have taken the mail.
 *
 * A mail is known by its signal, because that is the one thing of a send which nodemailer hands on as it is.
 */
export function watchBodies(transport: Transporter): BodyWatch {
  const bodies = new WeakMap<AbortSignal, Readable>();
  transport.use('stream', ({ data: { signal }, message }, done) => {
    if (signal instanceof AbortSignal) {
      const createReadStream = message.createReadStream.bind(message);
      message.createReadStream = (options) => {
        const body = createReadStream(options);
        bodies.set(signal, body);
        return body;
      };
    }
    done();
  });
  return (signal) => bodies.get(signal)?.readableEnded ?? false;
}
