import type { RequestListener } from 'node:http';
import { type ChannelHarness, channelConformance, ProviderBehaviour } from '@townkrier/core/testing';
import { describe, expect, it } from 'vitest';
import { createChatChannel } from './custom-channel/chat-channel.ts';
import { ChatServer } from './custom-channel/chat-server.ts';
import { runExample } from './testing/run-example.ts';

const ANSWERS: Readonly<Record<ProviderBehaviour, RequestListener | null>> = {
  [ProviderBehaviour.ACCEPT]: null,
  [ProviderBehaviour.REJECT]: (_request, response) => response.writeHead(403).end(),
  [ProviderBehaviour.FAIL]: (_request, response) => response.writeHead(503).end(),
  [ProviderBehaviour.RATE_LIMIT]: (_request, response) =>
    response.writeHead(429, { 'retry-after': '5' }).end(),
  [ProviderBehaviour.REFUSE_ADDRESS]: (_request, response) => response.writeHead(404).end(),
  [ProviderBehaviour.HANG]: () => undefined,
  [ProviderBehaviour.CUT]: ({ socket }) => socket.resetAndDestroy(),
};

async function createHarness(): Promise<ChannelHarness> {
  const chat = await new ChatServer().listen();
  return {
    channel: createChatChannel({ url: chat.url, token: 'secret-token' }),
    address: 'operations',
    message: { text: 'the secret text' },
    malformedAddresses: [undefined, 42, '', 'Operations', 'a room'],
    malformedMessages: [undefined, 'text', {}, { text: '' }, { text: 'x'.repeat(4001) }],
    injections: [{ what: 'another path', address: '../admin' }],
    secrets: ['secret-token', 'the secret text'],
    retryAfterMs: 5_000,
    behave: (behaviour) => {
      chat.answer = ANSWERS[behaviour];
    },
    received: () => chat.posts,
    close: () => chat.close(),
  };
}

channelConformance({ describe, it }, { name: 'the chat channel', create: createHarness });

describe('the example of a channel', () => {
  it('sends a message to a room', async () => {
    const { code, stdout, stderr } = await runExample('custom-channel.ts');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('result: sent chat-1');
    expect(stdout).toContain('the chat received: operations {"text":"Version 4.2.0 is live."}');
  });
});
