import { join } from 'node:path';
import { createSmtpChannel } from '@townkrier/smtp';
import { MailCatcher } from './mail-catcher.ts';
import type { Settings } from './settings.ts';

/** The way mails go out. */
export interface MailRoute {
  readonly channel: ReturnType<typeof createSmtpChannel>;
  /** For whoever starts the app. */
  readonly description: string;
  /** Ends what was started for it; the channel is closed by whoever uses it. */
  close(): Promise<void>;
}

/** Mails go to the server of `SMTP_URL`, or to a catcher that is started here. */
export async function openMailRoute({ smtpUrl, mailFrom, dataFolder }: Settings): Promise<MailRoute> {
  if (smtpUrl !== undefined) {
    const description = `SMTP server ${new URL(smtpUrl).host}`;
    return { channel: createChannel(smtpUrl, mailFrom), description, close: async () => undefined };
  }
  const folder = join(dataFolder, 'mails');
  const catcher = new MailCatcher({ folder });
  const url = await catcher.listen();
  return {
    channel: createChannel(url, mailFrom),
    description: `none is sent: a catcher at ${url} keeps them in ${folder}; set SMTP_URL to send them`,
    close: () => catcher.close(),
  };
}

function createChannel(smtpUrl: string, from: string) {
  const { hostname, port, protocol, username, password } = new URL(smtpUrl);
  return createSmtpChannel({
    host: hostname,
    ...(port !== '' && { port: Number(port) }),
    ...(protocol === 'smtps:' && { secure: true }),
    ...(username !== '' && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    }),
    from,
    // A mail whose fate nobody knows, because a process died while it went out, is sent again. Plain SMTP cannot drop the second one, but an invoice that comes twice, under one
    // Message-ID, is better than none.
    honoursIdempotencyKey: true,
  });
}
