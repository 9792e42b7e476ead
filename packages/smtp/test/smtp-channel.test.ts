import type { Channel } from '@townkrier/core';
import { createTransport } from 'nodemailer';
import type { SMTPServerOptions } from 'smtp-server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSmtpChannel, type SmtpServerConfig } from '../src/index.ts';
import { type ArrivedMail, MailSink } from './mail-sink.ts';
import { sendWith } from './send-request.ts';

async function startSink(options: SMTPServerOptions = {}): Promise<MailSink> {
  const sink = await MailSink.start(options);
  onTestFinished(() => sink[Symbol.asyncDispose]());
  return sink;
}

function createChannel(sink: MailSink, config: Partial<SmtpServerConfig> = {}): Channel {
  const sender = 'Acme <hello@acme.example>';
  const channel = createSmtpChannel({ host: '127.0.0.1', port: sink.port, from: sender, ...config });
  onTestFinished(() => channel.close?.());
  return channel;
}

function only(mails: readonly ArrivedMail[]): ArrivedMail {
  const [mail] = mails;
  if (mail === undefined || mails.length !== 1) throw new Error(`Expected one mail, got ${mails.length}.`);
  return mail;
}

describe('a mail over SMTP', () => {
  test('arrives as it was written', async () => {
    const sink = await startSink();
    await sendWith(createChannel(sink), {
      address: { email: 'ada@example.com', name: 'Lovelace, Ada' },
      message: {
        subject: 'Grüße aus Köln 🎉',
        text: 'Hällo',
        html: '<p>Hällo</p>',
        replyTo: 'help@acme.example',
      },
    });

    const { from, to, mail } = only(sink.arrived);
    expect({ from, to }).toEqual({ from: 'hello@acme.example', to: ['ada@example.com'] });
    expect(mail).toMatchObject({
      from: { address: 'hello@acme.example', name: 'Acme' },
      to: [{ address: 'ada@example.com', name: 'Lovelace, Ada' }],
      replyTo: [{ address: 'help@acme.example' }],
      subject: 'Grüße aus Köln 🎉',
    });
    expect(mail.text?.trim()).toBe('Hällo');
    expect(mail.html?.trim()).toBe('<p>Hällo</p>');
  });

  test('carries attachments, whole', async () => {
    const sink = await startSink();
    const bytes = Uint8Array.from({ length: 3_000 }, (_, index) => index % 256);
    await sendWith(createChannel(sink), {
      message: {
        html: '<img src="cid:logo">',
        attachments: [
          { filename: 'rechnung für März.txt', content: 'Grüße', contentType: 'text/plain' },
          { filename: 'logo.png', content: bytes, contentType: 'image/png', contentId: 'logo' },
        ],
      },
    });

    const attachments = only(sink.arrived).mail.attachments;
    const [image, text] = attachments.toSorted((a, b) => (a.filename ?? '').localeCompare(b.filename ?? ''));
    expect(image).toMatchObject({ filename: 'logo.png', mimeType: 'image/png', contentId: '<logo>' });
    expect(Buffer.from(image?.content as ArrayBuffer)).toEqual(Buffer.from(bytes));
    expect(text).toMatchObject({ filename: 'rechnung für März.txt', mimeType: 'text/plain' });
    expect(Buffer.from(text?.content as ArrayBuffer).toString()).toBe('Grüße');
  });

  test('goes to its copies too, the blind ones unseen', async () => {
    const sink = await startSink();
    await sendWith(createChannel(sink), { message: { cc: 'cc@example.com', bcc: ['bcc@example.com'] } });

    const { to, mail, raw } = only(sink.arrived);
    expect(to).toEqual(['ada@example.com', 'cc@example.com', 'bcc@example.com']);
    expect(mail.cc).toEqual([{ address: 'cc@example.com', name: '' }]);
    expect(raw).not.toContain('bcc@example.com');
  });

  test('names its sender and its answers as the configuration says, unless the message does', async () => {
    const sink = await startSink();
    const channel = createChannel(sink, { replyTo: 'help@acme.example' });
    await sendWith(channel);
    await sendWith(channel, {
      message: { from: 'Billing <billing@acme.example>', replyTo: 'b@acme.example' },
    });

    const [first, second] = sink.arrived;
    expect(first?.mail).toMatchObject({
      from: { name: 'Acme' },
      replyTo: [{ address: 'help@acme.example' }],
    });
    expect(second?.mail).toMatchObject({
      from: { name: 'Billing' },
      replyTo: [{ address: 'b@acme.example' }],
    });
    expect(second?.from).toBe('billing@acme.example');
  });

  test('has the same Message-ID on every try, made of the key and the domain of the sender', async () => {
    const sink = await startSink();
    const channel = createChannel(sink);
    const first = await sendWith(channel, { idempotencyKey: 'the-key_of-this-delivery' });
    await sendWith(channel, { idempotencyKey: 'the-key_of-this-delivery' });

    expect(first).toEqual({ messageId: '<the-key_of-this-delivery@acme.example>', status: 'accepted' });
    expect(sink.arrived.map(({ mail }) => mail.messageId)).toEqual([first.messageId, first.messageId]);
  });

  test('has a Message-ID of safe characters even when the key has others', async () => {
    const sink = await startSink();
    await sendWith(createChannel(sink), { idempotencyKey: 'a@b>\r\nBcc: eve@example.org' });
    expect(only(sink.arrived).mail.messageId).toMatch(/^<[\w-]{43}@acme\.example>$/);
    expect(only(sink.arrived).raw).not.toContain('eve@example.org');
  });

  test('keeps lines that begin with a dot', async () => {
    const sink = await startSink();
    await sendWith(createChannel(sink), { message: { text: 'one\n.\n..two' } });
    expect(only(sink.arrived).mail.text?.trim()).toBe('one\n.\n..two');
  });

  test('shares connections with others', async () => {
    const sink = await startSink();
    const channel = createChannel(sink, { maxConnections: 2 });
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => sendWith(channel, { idempotencyKey: `k${index}` })),
    );
    expect(sink.arrived).toHaveLength(20);
    expect(sink.connections).toBeLessThanOrEqual(2);
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
    ['a line break in a file name', { attachments: [{ filename: 'a\r\nb', content: '' }] }],
    [
      'a line break in a content type',
      { attachments: [{ filename: 'a', content: '', contentType: 'a/b\r\nX: y' }] },
    ],
  ])('%s is refused before anything is sent', async (_what, message) => {
    const sink = await startSink();
    await expect(sendWith(createChannel(sink), { message })).rejects.toMatchObject({
      code: 'MESSAGE_INVALID',
    });
    expect(sink.connections).toBe(0);
  });

  test.each([
    ['a line break', 'ada@example.com\r\nBcc: eve@example.org'],
    ['a list', 'ada@example.com, eve@example.org'],
    ['a group', 'friends: ada@example.com, eve@example.org;'],
    ['a quoted local part with an @', '"eve@example.org x"@example.com'],
    ['a NUL in the name', { email: 'ada@example.com', name: 'Ada\0' }],
  ])('%s in the address is refused before anything is sent', async (_what, address) => {
    const sink = await startSink();
    await expect(sendWith(createChannel(sink), { address })).rejects.toMatchObject({
      outcome: 'invalid_address',
    });
    expect(sink.connections).toBe(0);
  });

  test('characters that only look like line breaks do not end a header', async () => {
    const sink = await startSink();
    const subject = 'a\u2028Bcc: eve@example.org\u2029b\u0085c';
    await sendWith(createChannel(sink), { message: { subject, headers: { 'X-Note': subject } } });
    const { to, mail } = only(sink.arrived);
    expect(to).toEqual(['ada@example.com']);
    expect(mail.bcc ?? []).toEqual([]);
    expect(mail.subject).toBe(subject);
  });

  test('an attachment that names a file is refused, unless that was allowed', async () => {
    const sink = await startSink();
    const attachments = [{ filename: 'this-test.ts', path: import.meta.filename }];
    const sending = sendWith(createChannel(sink), { message: { attachments } });
    await expect(sending).rejects.toMatchObject({ code: 'MESSAGE_INVALID' });

    await sendWith(createChannel(sink, { allowAttachmentPaths: true }), { message: { attachments } });
    expect(only(sink.arrived).mail.attachments).toMatchObject([{ filename: 'this-test.ts' }]);
  });
});

describe('a connection', () => {
  test('is upgraded to TLS where the server offers it', async () => {
    const sink = await startSink({ disabledCommands: [] });
    await sendWith(createChannel(sink, { tls: { rejectUnauthorized: false } }));
    expect(only(sink.arrived).isSecure).toBe(true);
  });

  test('is TLS from the first byte when it is secure', async () => {
    const sink = await startSink({ secure: true });
    await sendWith(createChannel(sink, { secure: true, tls: { rejectUnauthorized: false } }));
    expect(only(sink.arrived).isSecure).toBe(true);
  });

  test('is not used with a certificate that nobody vouches for', async () => {
    const sink = await startSink({ secure: true });
    const sending = sendWith(createChannel(sink, { secure: true }));
    await expect(sending).rejects.toMatchObject({ outcome: 'transient' });
    expect(sink.arrived).toEqual([]);
  });

  test('logs in when there are credentials', async () => {
    const sink = await startSink({ disabledCommands: [] });
    const auth = { user: 'acme', pass: 'correct' };
    await sendWith(createChannel(sink, { auth, tls: { rejectUnauthorized: false } }));
    expect(only(sink.arrived)).toMatchObject({ user: 'acme', isSecure: true });
  });

  test('does not show its password to a server without TLS', async () => {
    const heard: string[] = [];
    const sink = await startSink({
      allowInsecureAuth: true,
      onAuth: ({ password }, _session, done) => {
        heard.push(password ?? '');
        done(null, { user: 'acme' });
      },
    });
    const auth = { user: 'acme', pass: 'correct' };
    await expect(sendWith(createChannel(sink, { auth }))).rejects.toThrow(/STARTTLS/);
    expect(heard).toEqual([]);

    await sendWith(createChannel(sink, { auth, requireTls: false }));
    expect(heard).toEqual(['correct']);
  });
});

test('a transporter that speaks no SMTP carries the same mail', async () => {
  const transport = createTransport({ streamTransport: true, buffer: true });
  const mails: string[] = [];
  transport.use('stream', ({ message }, done) => {
    message.build((error, bytes) => {
      mails.push(String(bytes));
      done(error);
    });
  });
  const channel = createSmtpChannel({ transport, from: 'hello@acme.example' });
  const receipt = await sendWith(channel, { idempotencyKey: 'the-key' });
  expect(receipt).toEqual({ messageId: '<the-key@acme.example>', status: 'accepted' });
  expect(mails).toEqual([expect.stringContaining('Subject: Welcome!')]);
});

describe('closing', () => {
  test('waits for the mails in hand, can be repeated, and takes no more', async () => {
    const sink = await startSink();
    const channel = createChannel(sink, { maxConnections: 1 });
    const sending = sendWith(channel);
    await expect.poll(() => sink.connections).toBe(1);
    await Promise.all([channel.close?.(), channel.close?.()]);

    expect(sink.arrived).toHaveLength(1);
    await sending;
    await expect(sendWith(channel)).rejects.toMatchObject({ outcome: 'transient' });
  });

  test('leaves a transporter alone that was passed in', async () => {
    const sink = await startSink();
    const transport = createTransport({ host: '127.0.0.1', port: sink.port, pool: true });
    onTestFinished(() => transport.close());
    const channel = createSmtpChannel({ transport, from: 'hello@acme.example' });
    await sendWith(channel);
    await channel.close?.();

    await transport.sendMail({ from: 'a@acme.example', to: 'ada@example.com', subject: 's', text: 't' });
    expect(sink.arrived).toHaveLength(2);
  });
});

describe('a configuration that is refused', () => {
  const valid = { host: 'localhost', from: 'hello@acme.example' };
  test.each([
    ['nothing', undefined, 'the value'],
    ['no host', { from: 'hello@acme.example' }, 'host'],
    ['a host with a line break', { ...valid, host: 'localhost\r\nRSET' }, 'host'],
    ['no sender', { host: 'localhost' }, 'from'],
    ['a sender that is no address', { ...valid, from: 'acme' }, 'from'],
    ['port 0', { ...valid, port: 0 }, 'port'],
    ['a port that is text', { ...valid, port: '25' }, 'port'],
    ['a client name with a line break', { ...valid, name: 'a\r\nb' }, 'name'],
    ['credentials without a password', { ...valid, auth: { user: 'acme' } }, 'auth.pass'],
    ['no connections', { ...valid, maxConnections: 0 }, 'maxConnections'],
    ['a timeout of no time', { ...valid, socketTimeout: Number.NaN }, 'socketTimeout'],
    ['an unknown key', { ...valid, requireTLS: true }, 'requireTLS'],
    ['a transporter that is none', { transport: {}, from: 'hello@acme.example' }, 'transport'],
    ['a transporter and a host', { ...valid, transport: createTransport({}) }, 'host'],
  ])('%s', (_what, config, key) => {
    // A user's JavaScript may pass anything; that is what is tested here.
    expect(() => createSmtpChannel(config as unknown as SmtpServerConfig)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(key) }),
    );
  });

  test('never shows a password', () => {
    const auth = { user: 'acme', pass: ['hunter2'] as unknown as string };
    expect(() => createSmtpChannel({ ...valid, auth })).not.toThrow(/hunter2/);
  });
});
