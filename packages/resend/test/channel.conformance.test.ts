import type { RequestListener } from 'node:http';
import { type ChannelHarness, channelConformance, ProviderBehaviour } from '@townkrier/core/testing';
import { describe, it } from 'vitest';
import { createResendChannel } from '../src/index.ts';
import { type Fixture, RecordedResend, readFixture } from './recorded-resend.ts';

const ANSWERS: Readonly<Record<ProviderBehaviour, Fixture | RequestListener>> = {
  [ProviderBehaviour.ACCEPT]: ({ headers }, response) => {
    response.end(JSON.stringify({ id: `message-${headers['idempotency-key']}` }));
  },
  [ProviderBehaviour.REJECT]: readFixture('domain-not-verified'),
  [ProviderBehaviour.FAIL]: readFixture('service-unavailable'),
  [ProviderBehaviour.RATE_LIMIT]: readFixture('rate-limit-exceeded'),
  [ProviderBehaviour.REFUSE_ADDRESS]: readFixture('invalid-to-address'),
  [ProviderBehaviour.HANG]: () => undefined,
  [ProviderBehaviour.CUT]: ({ socket }) => socket.resetAndDestroy(),
};

async function createHarness(): Promise<ChannelHarness> {
  const resend = await RecordedResend.start();
  resend.answer(ANSWERS.accept);
  const message = { subject: 'Welcome!', text: 'the secret text' };
  return {
    channel: createResendChannel({ apiKey: 're_secret', from: 'a@acme.example', baseUrl: resend.baseUrl }),
    address: { email: 'ada@example.com', name: 'Ada' },
    message,
    malformedAddresses: [undefined, null, 42, '', 'ada', '@example.com', { name: 'Ada' }],
    malformedMessages: [undefined, 'Welcome!', {}, { subject: 'Welcome!' }, { ...message, subject: 1 }],
    injections: [
      { what: 'a header in the subject', message: { ...message, subject: 'a\r\nBcc: eve@example.org' } },
      {
        what: 'a header in a header',
        message: { ...message, headers: { 'X-A': 'a\nBcc: eve@example.org' } },
      },
      { what: 'a recipient in a header', message: { ...message, headers: { Bcc: 'eve@example.org' } } },
      {
        what: 'a header in the name',
        address: { email: 'ada@example.com', name: 'Ada\r\nBcc: eve@example.org' },
      },
      { what: 'a second recipient', address: 'ada@example.com, eve@example.org' },
      { what: 'a recipient in quotes', address: '"eve@example.org"@example.com' },
    ],
    secrets: ['re_secret', 'the secret text', 'ada@example.com'],
    retryAfterMs: 2_000,
    behave: (behaviour) => resend.answer(ANSWERS[behaviour]),
    received: () =>
      resend.requests.map(({ headers }) => ({ idempotencyKey: String(headers['idempotency-key']) })),
    close: () => resend[Symbol.asyncDispose](),
  };
}

channelConformance({ describe, it }, { name: 'the Resend channel', create: createHarness });
