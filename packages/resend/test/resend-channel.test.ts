import { TownKrierError } from '@townkrier/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createResendChannel, type ResendConfig } from '../src/index.ts';
import { RecordedResend } from './recorded-resend.ts';
import { sendWith } from './send-request.ts';

let resend: RecordedResend;
beforeEach(async () => {
  resend = await RecordedResend.start();
});
afterEach(() => resend[Symbol.asyncDispose]());

function createChannel(config: Partial<ResendConfig> = {}) {
  return createResendChannel({
    apiKey: 're_test',
    from: 'hello@acme.example',
    baseUrl: resend.baseUrl,
    ...config,
  });
}

describe('a request to Resend', () => {
  test('is one POST with the key, the idempotency key and the message as JSON', async () => {
    await sendWith(createChannel(), { idempotencyKey: 'key-of-this-delivery' });

    expect(resend.requests).toEqual([
      {
        method: 'POST',
        path: '/emails',
        headers: expect.objectContaining({
          authorization: 'Bearer re_test',
          'content-type': 'application/json',
          'idempotency-key': 'key-of-this-delivery',
        }),
        body: { from: 'hello@acme.example', to: ['ada@example.com'], subject: 'Welcome!', text: 'Hello' },
      },
    ]);
  });

  test("gives back Resend's id of the message", async () => {
    expect(await sendWith(createChannel())).toEqual({
      messageId: '49a3999c-0ce1-4ea6-ab68-afcd6dc2e794',
      status: 'accepted',
    });
  });

  test('carries everything a message can say', async () => {
    await sendWith(createChannel({ replyTo: 'help@acme.example' }), {
      address: { email: 'ada@example.com', name: 'Lovelace, Ada' },
      message: {
        html: '<h1>Hello</h1>',
        from: 'Billing <billing@acme.example>',
        replyTo: ['a@acme.example', 'b@acme.example'],
        cc: 'cc@example.com',
        bcc: 'bcc@example.com',
        headers: { 'X-Order': '42' },
        attachments: [
          { filename: 'hello.txt', content: 'Grüße', contentType: 'text/plain' },
          { filename: 'bytes.bin', content: new Uint8Array([0, 255]), contentId: 'logo' },
          { filename: 'remote.pdf', path: 'https://acme.example/remote.pdf' },
        ],
      },
    });

    expect(resend.requests[0]?.body).toEqual({
      from: 'Billing <billing@acme.example>',
      to: ['"Lovelace, Ada" <ada@example.com>'],
      cc: ['cc@example.com'],
      bcc: ['bcc@example.com'],
      reply_to: ['a@acme.example', 'b@acme.example'],
      subject: 'Welcome!',
      html: '<h1>Hello</h1>',
      text: 'Hello',
      headers: { 'X-Order': '42' },
      attachments: [
        {
          filename: 'hello.txt',
          content: Buffer.from('Grüße').toString('base64'),
          content_type: 'text/plain',
        },
        { filename: 'bytes.bin', content: 'AP8=', content_id: 'logo' },
        { filename: 'remote.pdf', path: 'https://acme.example/remote.pdf' },
      ],
    });
  });

  test('answers to replyTo of the configuration when the message has none', async () => {
    await sendWith(createChannel({ replyTo: 'Help <help@acme.example>' }));
    expect(resend.requests[0]?.body['reply_to']).toEqual(['Help <help@acme.example>']);
  });

  test('goes below a base URL with a path and a slash at its end', async () => {
    await sendWith(createChannel({ baseUrl: `${resend.baseUrl}/proxy/` }));
    expect(resend.requests[0]?.path).toBe('/proxy/emails');
  });

  test('uses the fetch it was given', async () => {
    const urls: unknown[] = [];
    const channel = createChannel({
      fetch: async (url, init) => {
        urls.push(url);
        return fetch(url, init);
      },
    });
    await sendWith(channel);
    expect(urls).toEqual([`${resend.baseUrl}/emails`]);
  });

  test('is not made when the signal has aborted before', async () => {
    const sending = sendWith(createChannel(), { signal: AbortSignal.abort() });
    await expect(sending).rejects.toMatchObject({ outcome: 'transient' });
    expect(resend.requests).toEqual([]);
  });
});

describe('what would inject headers or recipients', () => {
  test.each([
    ['a line break in the subject', { subject: 'a\r\nBcc: eve@example.org' }],
    ['a NUL in the subject', { subject: 'a\0b' }],
    [
      "a line break in the sender's name",
      { from: { email: 'a@acme.example', name: 'A\r\nBcc: eve@example.org' } },
    ],
    ['two senders', { from: 'a@acme.example, b@acme.example' }],
    ['a line break in a header', { headers: { 'X-A': 'a\nBcc: eve@example.org' } }],
    ['a header that adds recipients', { headers: { Bcc: 'eve@example.org' } }],
  ])('%s is refused before a request is made', async (_what, message) => {
    await expect(sendWith(createChannel(), { message })).rejects.toMatchObject({ code: 'MESSAGE_INVALID' });
    expect(resend.requests).toEqual([]);
  });

  test.each([
    ['ada@example.com\r\nBcc: eve@example.org'],
    ['ada@example.com, eve@example.org'],
    ['"eve@example.org"@example.com'],
    [{ email: 'ada@example.com', name: 'Ada\0' }],
  ])('the address %j is refused before a request is made', async (address) => {
    await expect(sendWith(createChannel(), { address })).rejects.toMatchObject({
      outcome: 'invalid_address',
    });
    expect(resend.requests).toEqual([]);
  });
});

describe('a configuration that is refused', () => {
  test.each([
    ['no API key', { apiKey: undefined }, 'apiKey'],
    ['an empty API key', { apiKey: '' }, 'apiKey'],
    ['an API key with a line break', { apiKey: 're_secret\n' }, 'apiKey'],
    ['a sender that is no address', { from: 'acme' }, 'from'],
    ['a sender that is two', { from: 'a@acme.example, b@acme.example' }, 'from'],
    ['a base URL that is none', { baseUrl: 'api.resend.com' }, 'baseUrl'],
    ['a base URL of another scheme', { baseUrl: 'file:///etc/passwd' }, 'baseUrl'],
    ['a fetch that is no function', { fetch: 'fetch' }, 'fetch'],
    ['an unknown key', { apikey: 're_secret' }, 'apikey'],
  ])('%s', (_what, change, key) => {
    const config = { apiKey: 're_secret', from: 'hello@acme.example', ...change };
    // A user's JavaScript may pass anything; that is what is tested here.
    const create = () => createResendChannel(config as ResendConfig);
    expect(create).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(key) }),
    );
    expect(create).not.toThrow('re_secret');
  });

  test('says what was expected of a missing API key', () => {
    try {
      createResendChannel({ apiKey: undefined, from: 'hello@acme.example' });
      expect.unreachable();
    } catch (error) {
      expect(TownKrierError.is(error) && error.message).toBe(
        'Options of the Resend channel are invalid: apiKey must be an API key, got undefined.',
      );
    }
  });
});
