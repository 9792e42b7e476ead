import type { Channel, ChannelReceipt, EmailMessage } from '@townkrier/core';

/** What a test may say about a send. */
export interface SendRequest {
  readonly message?: Partial<EmailMessage> & Readonly<Record<string, unknown>>;
  readonly address?: unknown;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/** Sends a minimal mail as the manager would: parsed by the channel first. */
export async function sendWith(channel: Channel, request: SendRequest = {}): Promise<ChannelReceipt> {
  return channel.send({
    message: channel.parseMessage({ subject: 'Welcome!', text: 'Hello', ...request.message }),
    address: channel.parseAddress(request.address ?? 'ada@example.com'),
    idempotencyKey: request.idempotencyKey ?? 'k'.repeat(43),
    signal: request.signal ?? new AbortController().signal,
    attempt: 1,
    notification: { id: 'n1', type: 'welcome' },
    metadata: {},
  });
}
