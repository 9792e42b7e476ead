import {
  type Channel,
  type ChannelRequest,
  InvalidAddressError,
  PermanentError,
  RateLimitedError,
  TownKrierError,
  TransientError,
  UnknownOutcomeError,
} from '@townkrier/core';
import { z } from 'zod';

const messageSchema = z.object({ text: z.string().min(1).max(4000) });
const roomSchema = z.string().regex(/^[a-z0-9-]{1,40}$/);
const receiptSchema = z.object({ id: z.string() });

type ChatMessage = z.output<typeof messageSchema>;

/** A channel for a team chat with an HTTP API: `POST /rooms/:room/messages`, which honours `Idempotency-Key`. */
export function createChatChannel(config: {
  readonly url: string;
  readonly token: string;
}): Channel<ChatMessage, string> {
  return {
    // `via()` names it, and `toChat()` renders for it.
    type: 'chat',
    honoursIdempotencyKey: true,

    parseAddress(address) {
      const room = roomSchema.safeParse(address);
      if (!room.success)
        throw new InvalidAddressError('A chat address is a room: small letters, digits and hyphens.');
      return room.data;
    },

    parseMessage(message) {
      const parsed = messageSchema.safeParse(message);
      if (parsed.success) return parsed.data;
      throw new TownKrierError('A chat message needs a text of 1 to 4000 characters.', {
        code: 'MESSAGE_INVALID',
      });
    },

    async send(request) {
      const reply = await post(config, request);
      if (!reply.ok) throw refusal(reply);
      const receipt = receiptSchema.safeParse(await reply.json().catch(() => null));
      if (!receipt.success) throw new UnknownOutcomeError('The chat took the message but named no id.');
      return { messageId: receipt.data.id, status: 'delivered' };
    },
  };
}

/** A request that may have left is an unknown outcome, whatever went wrong with it; one that was never made is not. */
async function post(
  { url, token }: { readonly url: string; readonly token: string },
  { address, message, idempotencyKey, signal }: ChannelRequest<ChatMessage, string>,
): Promise<Response> {
  if (signal.aborted) throw new TransientError('The message was aborted before it was sent.');
  try {
    return await fetch(`${url}/rooms/${address}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'idempotency-key': idempotencyKey },
      body: JSON.stringify(message),
      signal,
    });
  } catch (cause) {
    throw new UnknownOutcomeError('The chat gave no answer.', { cause });
  }
}

/** Which of the five outcomes an answer is: this decides whether it is tried again, elsewhere, or never. */
function refusal({ status, headers }: Response): Error {
  const options = { provider: 'chat', status };
  if (status === 404) return new InvalidAddressError('The chat has no such room.', options);
  if (status === 429) {
    const retryAfterMs = Number(headers.get('retry-after') ?? 1) * 1000;
    return new RateLimitedError('The chat asks to wait.', { ...options, retryAfterMs });
  }
  if (status === 503) return new TransientError('The chat is not available.', options);
  if (status >= 500)
    return new UnknownOutcomeError('The chat failed, perhaps after taking the message.', options);
  return new PermanentError(`The chat refused the message with ${status}.`, options);
}
