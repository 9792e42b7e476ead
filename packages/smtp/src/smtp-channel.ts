import {
  type Channel,
  type ChannelReceipt,
  type ChannelRequest,
  CoreErrorCode,
  type EmailAddress,
  type EmailAttachment,
  NotificationChannel,
  type ParsedEmailMessage,
  parseEmailAddress,
  parseEmailMessage,
  TownKrierError,
} from '@townkrier/core';
import {
  createTransport,
  type NodemailerError,
  type SendMailOptions,
  type SentMessageInfo,
  type Transporter,
} from 'nodemailer';
import { type BodyWatch, watchBodies } from './body-watch.ts';
import { messageIdOf } from './message-id.ts';
import { partialRejectionToError, sendFailureToError } from './smtp-errors.ts';
import {
  resolveSmtpOptions,
  type SmtpConfig,
  type SmtpOptions,
  type SmtpServerOptions,
} from './smtp-options.ts';

type SmtpRequest = ChannelRequest<ParsedEmailMessage, EmailAddress>;

/**
 * A channel that sends e-mail to an SMTP server over a pool of connections; give it to `registerFactory` or `registerChannel`. It connects with
 * the first mail.
 *
 * SMTP has no idempotency keys, so `honoursIdempotencyKey` is false unless the options say that this server knows better: a mail whose fate is unknown is not repeated by itself. Every try of a delivery has
 * the same `Message-ID`, by which some receivers, not all, tell a repeated mail.
 *
 * @throws {TownKrierError} `CONFIG_INVALID`.
 * @example
 * manager.registerChannel('email-smtp', createSmtpChannel({ host: 'smtp.acme.com', from: 'hello@acme.com' }));
 */
export function createSmtpChannel(config: SmtpConfig): Channel<ParsedEmailMessage, EmailAddress> {
  return new SmtpChannel(resolveSmtpOptions(config));
}

class SmtpChannel implements Channel<ParsedEmailMessage, EmailAddress> {
  readonly type = NotificationChannel.EMAIL;
  readonly honoursIdempotencyKey: boolean;
  readonly parseAddress = parseEmailAddress;
  readonly #options: SmtpOptions;
  readonly #transport: Transporter;
  readonly #isWhollySent: BodyWatch;
  readonly #inFlight = new Set<Promise<unknown>>();

  constructor(options: SmtpOptions) {
    this.#options = options;
    this.honoursIdempotencyKey = options.honoursIdempotencyKey;
    this.#transport = 'transport' in options ? options.transport : createPool(options);
    this.#isWhollySent = watchBodies(this.#transport);
  }

  parseMessage(value: unknown): ParsedEmailMessage {
    const message = parseEmailMessage(value);
    const withPath = message.attachments.findIndex(({ path }) => path !== undefined);
    if (withPath === -1 || this.#options.allowAttachmentPaths) return message;
    const text = `The e-mail is invalid: attachments[${withPath}].path: expected content, because allowAttachmentPaths is off.`;
    throw new TownKrierError(text, { code: CoreErrorCode.MESSAGE_INVALID });
  }

  async send(request: SmtpRequest): Promise<ChannelReceipt> {
    // A signal of this send alone: the body watch knows the mail by it.
    const signal = AbortSignal.any([request.signal]);
    const sending = this.#transport.sendMail({ ...this.#toMail(request), signal });
    this.#inFlight.add(sending);
    try {
      return toReceipt(await sending, request.address);
    } catch (failure) {
      throw TownKrierError.is(failure) ? failure : sendFailureToError(failure, this.#isWhollySent(signal));
    } finally {
      this.#inFlight.delete(sending);
    }
  }

  /** Takes no more mails, waits for those being sent and closes the connections. A transporter that was passed in stays open. */
  async close(): Promise<void> {
    if ('transport' in this.#options) return;
    this.#transport.close();
    await Promise.allSettled(this.#inFlight);
  }

  #toMail({ message, address, idempotencyKey }: SmtpRequest): SendMailOptions {
    const { from = this.#options.from, subject, html, text, cc, bcc } = message;
    const replyTo =
      message.replyTo.length > 0 || !this.#options.replyTo ? message.replyTo : [this.#options.replyTo];
    const forbidden = !this.#options.allowAttachmentPaths;
    return {
      from: toMailbox(from),
      to: [toMailbox(address)],
      cc: cc.map(toMailbox),
      bcc: bcc.map(toMailbox),
      replyTo: replyTo.map(toMailbox),
      // Said outright, so that nothing in a header can change whom the mail goes to.
      envelope: { from: from.email, to: [address, ...cc, ...bcc].map(({ email }) => email) },
      messageId: messageIdOf(idempotencyKey, from.email),
      subject,
      html,
      text,
      headers: { ...message.headers },
      attachments: message.attachments.map(toAttachment),
      xMailer: false,
      disableFileAccess: forbidden,
      disableUrlAccess: forbidden,
    };
  }
}

function createPool(options: SmtpServerOptions): Transporter {
  const { host, port, auth, tls, name, maxConnections, connectionTimeout, socketTimeout } = options;
  const { secure = port === 465, requireTls = auth !== undefined } = options;
  return createTransport({
    pool: true,
    host,
    port,
    secure,
    requireTLS: requireTls,
    auth,
    tls,
    name,
    maxConnections,
    connectionTimeout,
    greetingTimeout: connectionTimeout,
    socketTimeout,
    // Whether a mail is repeated is for the queue to decide, which counts and records it.
    maxRequeues: 0,
  });
}

function toMailbox({ email, name = '' }: EmailAddress): { address: string; name: string } {
  return { address: email, name };
}

function toAttachment({ filename, content, path, contentType, contentId }: EmailAttachment) {
  const bytes = content instanceof Uint8Array ? Buffer.from(content) : content;
  return { filename, content: bytes, path, contentType, cid: contentId };
}

/** @throws {ChannelError} when the server took the mail for the copies but not for the recipient. */
function toReceipt(info: SentMessageInfo, address: EmailAddress): ChannelReceipt {
  const { messageId, rejected = [] } = info;
  const isAddress = (email: unknown) => String(email).toLowerCase() === address.email.toLowerCase();
  if (rejected.some(isAddress)) {
    const rejections: readonly NodemailerError[] = info['rejectedErrors'] ?? [];
    throw partialRejectionToError(rejections.find(({ recipient }) => isAddress(recipient)));
  }
  return {
    messageId,
    status: 'accepted',
    ...(rejected.length > 0 && { details: { rejectedCopies: rejected.length } }),
  };
}
