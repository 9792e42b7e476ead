import {
  type Channel,
  PermanentError,
  RateLimitedError,
  TransientError,
  UnknownOutcomeError,
} from '@townkrier/core';
import type { ProviderMessage } from './provider.ts';

/** How the channel calls the provider. */
export interface SimChannelOptions {
  readonly providerUrl: string;
  readonly channel: string;
  readonly honoursKeys: boolean;
  /** Whether it goes on waiting when it is told to stop, as a careless channel does. */
  readonly ignoresAbort?: boolean;
  /** Called at the points of a call where a process may die; see `fail-points.ts`. */
  readonly onPoint?: (point: 'call:before' | 'answer:after', n: number) => void;
}

/** The channel that sends through `provider-sim.ts`, written as `docs/guides/write-a-channel.md` says. */
export function simChannel(options: SimChannelOptions): Channel<ProviderMessage, string> {
  const { providerUrl, channel, honoursKeys, ignoresAbort = false, onPoint } = options;
  return {
    type: channel,
    honoursIdempotencyKey: honoursKeys,
    parseAddress: String,
    parseMessage: (message) => ({ n: numberOf(message), channel }),
    async send({ message, idempotencyKey, signal }) {
      onPoint?.('call:before', message.n);
      const response = await ask(providerUrl, {
        method: 'POST',
        headers: { 'idempotency-key': idempotencyKey },
        body: JSON.stringify(message),
        ...(!ignoresAbort && { signal }),
      });
      const { id } = await readAnswer(response);
      onPoint?.('answer:after', message.n);
      return { messageId: id, status: 'accepted' };
    },
  };
}

function numberOf(message: unknown): number {
  if (typeof message !== 'object' || message === null) throw new Error('not a message');
  return Number('subject' in message ? message.subject : Reflect.get(message, 'text'));
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    const code = Reflect.get(Object(Reflect.get(Object(error), 'cause')), 'code');
    if (code === 'ECONNREFUSED') throw new TransientError('the provider is not there', { cause: error });
    throw new UnknownOutcomeError('the provider did not answer', { cause: error });
  }
}

async function readAnswer(response: Response): Promise<{ readonly id: string }> {
  const { status } = response;
  if (status === 429) {
    const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1_000;
    throw new RateLimitedError('the provider asked to wait', { status, retryAfterMs });
  }
  if (status >= 500) throw new TransientError('the provider is not well', { status });
  if (status >= 400) throw new PermanentError('the provider refused', { status });
  try {
    const body: unknown = await response.json();
    if (typeof body === 'object' && body !== null && 'id' in body && typeof body.id === 'string')
      return { id: body.id };
    throw new Error('no id');
  } catch (error) {
    throw new UnknownOutcomeError('the provider answered what nobody can read', { cause: error });
  }
}
