import { type ChannelHarness, channelConformance, ProviderBehaviour } from '@townkrier/core/testing';
import { describe, it } from 'vitest';
import { createSmtpChannel } from '../src/index.ts';
import { type Script, ScriptedServer } from './scripted-server.ts';

const SCRIPTS: Readonly<Record<ProviderBehaviour, Script>> = {
  [ProviderBehaviour.ACCEPT]: {},
  [ProviderBehaviour.REJECT]: { MAIL: '550 5.7.1 ada@example.com may not be written to' },
  [ProviderBehaviour.FAIL]: { RCPT: '451 4.3.0 ada@example.com cannot be reached now' },
  [ProviderBehaviour.RATE_LIMIT]: { RCPT: '450 4.7.1 Greylisted, try again in 120 seconds' },
  [ProviderBehaviour.REFUSE_ADDRESS]: { RCPT: '550 5.1.1 ada@example.com does not exist' },
  [ProviderBehaviour.HANG]: { message: 'say nothing' },
  [ProviderBehaviour.CUT]: { message: 'hang up' },
};

async function createHarness(): Promise<ChannelHarness> {
  const server = await ScriptedServer.start({});
  const auth = { user: 'acme', pass: 'hunter2' };
  const channel = createSmtpChannel({
    host: '127.0.0.1',
    port: server.port,
    auth,
    requireTls: false,
    from: 'a@acme.example',
  });
  const message = { subject: 'Welcome!', text: 'the secret text' };
  return {
    channel,
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
      { what: 'a command', address: 'ada@example.com>\r\nRCPT TO:<eve@example.org' },
    ],
    secrets: ['hunter2', 'the secret text', 'ada@example.com'],
    retryAfterMs: 120_000,
    behave: (behaviour) => server.follow(SCRIPTS[behaviour]),
    received: () => Array.from({ length: server.mails }, () => ({})),
    close: async () => {
      await server[Symbol.asyncDispose]();
      await channel.close?.();
    },
  };
}

channelConformance({ describe, it }, { name: 'the SMTP channel', create: createHarness });
