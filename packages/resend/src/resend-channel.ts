import {
  type Channel,
  type ChannelReceipt,
  type ChannelRequest,
  type EmailAddress,
  type EmailAttachment,
  formatEmailAddress,
  NotificationChannel,
  type ParsedEmailMessage,
  parseEmailAddress,
  parseEmailMessage,
  TransientError,
} from '@townkrier/core';
import { z } from 'zod';
import { readAtMost } from './bounded-body.ts';
import { fetchFailureToError, refusalToError, unreadableReplyError } from './resend-errors.ts';
import { type ResendConfig, type ResendOptions, resolveResendOptions } from './resend-options.ts';
import { readRetryAfter } from './retry-after.ts';

/** No reply of the API comes near this many bytes. */
const MAX_REPLY_BYTES = 65_536;

const receiptSchema = z.object({ id: z.string().min(1).max(200) });
const refusalSchema = z.object({ name: z.string().optional(), message: z.string().optional() });

type ResendRequest = ChannelRequest<ParsedEmailMessage, EmailAddress>;

/**
 * A channel that sends e-mail through Resend's HTTP API; give it to `registerFactory` or `registerChannel`.
 *
 * Every request carries the delivery's key as `Idempotency-Key`. Resend answers a repeated key as it did the first time, for 24 hours, so a retry
 * within a day cannot send twice. There is nothing to close.
 *
 * @throws {TownKrierError} `CONFIG_INVALID` when the API key is missing or another option is wrong.
 * @example
 * manager.registerFactory('email-resend', createResendChannel);
 */
export function createResendChannel(config: ResendConfig): Channel<ParsedEmailMessage, EmailAddress> {
  const options = resolveResendOptions(config);
  return {
    type: NotificationChannel.EMAIL,
    honoursIdempotencyKey: true,
    parseAddress: parseEmailAddress,
    parseMessage: parseEmailMessage,
    send: (request) => send(request, options),
  };
}

async function send(request: ResendRequest, options: ResendOptions): Promise<ChannelReceipt> {
  if (request.signal.aborted) {
    throw new TransientError('The mail was aborted before it was sent.', { provider: 'resend' });
  }
  const reply = await post(request, options);
  const body = await readBody(reply);
  if (!reply.ok) throw refusalOf(reply, body, options);
  const receipt = receiptSchema.safeParse(body);
  if (!receipt.success) throw unreadableReplyError(reply.status);
  return { messageId: receipt.data.id, status: 'accepted' };
}

async function post(request: ResendRequest, options: ResendOptions): Promise<Response> {
  const url = `${options.baseUrl.replace(/\/+$/, '')}/emails`;
  const { fetch = globalThis.fetch } = options;
  try {
    return await fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${options.apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': request.idempotencyKey,
        'user-agent': 'townkrier',
      },
      body: JSON.stringify(toPayload(request, options)),
      // A redirect would hand the message, and on the same host the key, to whoever the answer names.
      redirect: 'manual',
      signal: request.signal,
    });
  } catch (failure) {
    throw fetchFailureToError(failure);
  }
}

/** The body of `POST /emails`. What is `undefined` is left out of the JSON. */
function toPayload({ message, address }: ResendRequest, options: ResendOptions): Record<string, unknown> {
  const { from = options.from, subject, html, text, headers } = message;
  const replyTo = message.replyTo.length > 0 || !options.replyTo ? message.replyTo : [options.replyTo];
  return {
    from: formatEmailAddress(from),
    to: [formatEmailAddress(address)],
    cc: unlessEmpty(message.cc.map(formatEmailAddress)),
    bcc: unlessEmpty(message.bcc.map(formatEmailAddress)),
    reply_to: unlessEmpty(replyTo.map(formatEmailAddress)),
    subject,
    html,
    text,
    headers: Object.keys(headers).length > 0 ? headers : undefined,
    attachments: unlessEmpty(message.attachments.map(toAttachment)),
  };
}

function unlessEmpty<Item>(list: readonly Item[]): readonly Item[] | undefined {
  return list.length > 0 ? list : undefined;
}

function toAttachment({
  filename,
  content,
  path,
  contentType,
  contentId,
}: EmailAttachment): Record<string, unknown> {
  const bytes = content === undefined ? undefined : Buffer.from(content);
  return {
    filename,
    content: bytes?.toString('base64'),
    path,
    content_type: contentType,
    content_id: contentId,
  };
}

/** The reply's JSON; `undefined` when it is too long, broken off or no JSON. The status alone decides then. */
async function readBody(reply: Response): Promise<unknown> {
  try {
    return JSON.parse((await readAtMost(reply, MAX_REPLY_BYTES)) ?? '');
  } catch {
    return undefined;
  }
}

function refusalOf(reply: Response, body: unknown, options: ResendOptions) {
  const { name, message } = refusalSchema.safeParse(body).data ?? {};
  return refusalToError({
    status: reply.status,
    name,
    message,
    retryAfterMs: readRetryAfter(reply.headers, options.clock),
  });
}
