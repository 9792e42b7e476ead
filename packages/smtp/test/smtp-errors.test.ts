import { type Channel, ChannelError } from '@townkrier/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSmtpChannel, GREYLIST_WAIT, type SmtpServerConfig } from '../src/index.ts';
import { MailSink } from './mail-sink.ts';
import { type Script, ScriptedServer } from './scripted-server.ts';
import { sendWith } from './send-request.ts';

async function startServer(script: Script): Promise<ScriptedServer> {
  const server = await ScriptedServer.start(script);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

function createChannel(port: number, config: Partial<SmtpServerConfig> = {}): Channel {
  const channel = createSmtpChannel({ host: '127.0.0.1', port, from: 'a@acme.example', ...config });
  onTestFinished(() => channel.close?.());
  return channel;
}

/** The outcome error that a send ends with. */
async function failureOf(sending: Promise<unknown>): Promise<ChannelError> {
  const [result] = await Promise.allSettled([sending]);
  if (result.status === 'fulfilled') throw new Error('It was sent.');
  if (!ChannelError.is(result.reason)) throw new Error('It threw no outcome.', { cause: result.reason });
  return result.reason;
}

/** What the server says, the outcome, the status and the enhanced status that the error keeps. */
const REPLIES: readonly [Script, string, number, string?][] = [
  [{ greeting: '421 4.3.2 Too busy' }, 'transient', 421, '4.3.2'],
  [{ greeting: '554 5.7.1 No service for you' }, 'permanent', 554, '5.7.1'],
  [{ MAIL: '421 4.7.0 Closing' }, 'transient', 421, '4.7.0'],
  [{ MAIL: '451 4.3.0 Try again' }, 'transient', 451, '4.3.0'],
  [{ MAIL: '452 4.3.1 No space' }, 'transient', 452, '4.3.1'],
  [{ MAIL: '530 5.7.0 Authentication required' }, 'permanent', 530, '5.7.0'],
  [{ MAIL: '550 5.1.8 Sender domain does not exist' }, 'permanent', 550, '5.1.8'],
  [{ MAIL: '553 5.7.1 Sender not allowed' }, 'permanent', 553, '5.7.1'],
  [{ RCPT: '450 4.2.1 Mailbox busy' }, 'transient', 450, '4.2.1'],
  [{ RCPT: '450 4.2.0 ada@example.com: greeted too fast' }, 'transient', 450, '4.2.0'],
  [{ RCPT: '550 5.1.1 ada@example.com: no such user' }, 'invalid_address', 550, '5.1.1'],
  [
    { RCPT: '550-5.1.1 The account does not exist.\r\n550 5.1.1 ada@example.com' },
    'invalid_address',
    550,
    '5.1.1',
  ],
  [{ RCPT: '550 5.1.2 Bad domain' }, 'invalid_address', 550, '5.1.2'],
  [{ RCPT: '501 5.1.3 Bad address syntax' }, 'invalid_address', 501, '5.1.3'],
  [{ RCPT: '551 5.1.6 User has moved' }, 'invalid_address', 551, '5.1.6'],
  [{ RCPT: '556 5.1.10 Null MX' }, 'invalid_address', 556, '5.1.10'],
  [{ RCPT: '550 5.2.1 Mailbox disabled' }, 'invalid_address', 550, '5.2.1'],
  [{ RCPT: '553 Mailbox name not allowed' }, 'invalid_address', 553],
  [{ RCPT: '551 User not local' }, 'invalid_address', 551],
  // Nobody knows whether this is about the address, its reputation or ours: not enough to call an address dead.
  [{ RCPT: '550 Requested action not taken' }, 'permanent', 550],
  [{ RCPT: '550 5.7.1 Relaying denied' }, 'permanent', 550, '5.7.1'],
  [{ RCPT: '552 5.2.2 Over quota' }, 'permanent', 552, '5.2.2'],
  [{ DATA: '554 5.5.1 No valid recipients' }, 'permanent', 554, '5.5.1'],
  [{ message: '421 4.4.2 Timeout' }, 'transient', 421, '4.4.2'],
  [{ message: '451 4.7.1 Try again later' }, 'transient', 451, '4.7.1'],
  [{ message: '550 5.1.1 No such user here' }, 'invalid_address', 550, '5.1.1'],
  [{ message: '550 5.7.26 Unauthenticated sender' }, 'permanent', 550, '5.7.26'],
  [{ message: '552 5.3.4 Message too big' }, 'permanent', 552, '5.3.4'],
  [{ message: '554 5.6.0 Looks like spam' }, 'permanent', 554, '5.6.0'],
];

describe('a refusal', () => {
  test.each(REPLIES)('%j is %s', async (script, outcome, status, providerCode) => {
    const { port } = await startServer(script);
    const error = await failureOf(sendWith(createChannel(port)));
    expect(error).toMatchObject({ outcome, status, providerCode, provider: 'smtp' });
  });

  test.each(REPLIES)('%j is told without the words of the server', async (script) => {
    const { port } = await startServer(script);
    const { message, cause } = await failureOf(sendWith(createChannel(port)));
    const [reply = ''] = Object.values(script);
    const words = reply.replace(/^[\d. -]+/, '');
    expect(message).not.toContain(words);
    expect(message).not.toContain('ada@example.com');
    expect(cause).toBeUndefined();
  });

  test.each([
    [{ AUTH: '535 5.7.8 Wrong password' }, 'permanent', 535],
    [{ AUTH: '534 5.7.9 Use another mechanism' }, 'permanent', 534],
    [{ AUTH: '454 4.7.0 Try again later' }, 'transient', 454],
    [{ AUTH: '421 4.7.0 Too many logins' }, 'transient', 421],
  ] satisfies [Script, string, number][])('%j of the login is %s', async (script, outcome, status) => {
    const { port } = await startServer(script);
    const config = { auth: { user: 'acme', pass: 'hunter2' }, requireTls: false };
    const error = await failureOf(sendWith(createChannel(port, config)));
    expect(error).toMatchObject({ outcome, status });
    expect(error.message).not.toMatch(/hunter2|Wrong password/);
  });
});

describe('greylisting asks to come again', () => {
  test.each([
    ['450 4.2.0 Greylisted, see http://postgrey.example/', GREYLIST_WAIT],
    ['451 4.7.1 Greylisting in action, please come back in 00:05:30', 330_000],
    ['450 4.7.1 You are greylisted, try again in 120 seconds', 120_000],
    ['451 4.7.1 Greylisted, retry in 10 minutes', 600_000],
    ['451 Graylisted for 99999 seconds', 3_600_000],
  ])('%s', async (reply, retryAfterMs) => {
    const { port } = await startServer({ RCPT: reply });
    const error = await failureOf(sendWith(createChannel(port)));
    expect(error).toMatchObject({ outcome: 'rate_limited', retryAfterMs });
  });

  test('but not when it refuses for good', async () => {
    const { port } = await startServer({ RCPT: '550 5.7.1 Still greylisted after a week' });
    expect(await failureOf(sendWith(createChannel(port)))).toMatchObject({ outcome: 'permanent' });
  });
});

describe('a lost connection', () => {
  test.each([
    [{ greeting: 'hang up' }],
    [{ EHLO: 'hang up' }],
    [{ MAIL: 'hang up' }],
    [{ RCPT: 'hang up' }],
    [{ DATA: 'hang up' }],
  ] satisfies [Script][])('%j is transient: the message was not sent', async (script) => {
    const { port } = await startServer(script);
    expect(await failureOf(sendWith(createChannel(port)))).toMatchObject({ outcome: 'transient' });
  });

  test.each([[{ greeting: 'say nothing' }], [{ MAIL: 'say nothing' }], [{ DATA: 'say nothing' }]] satisfies [
    Script,
  ][])('%j until the time is up is transient', async (script) => {
    const { port } = await startServer(script);
    const channel = createChannel(port, { connectionTimeout: 50, socketTimeout: 50 });
    expect(await failureOf(sendWith(channel))).toMatchObject({ outcome: 'transient' });
  });

  test('after the whole message is unknown', async () => {
    const server = await startServer({ message: 'hang up' });
    expect(await failureOf(sendWith(createChannel(server.port)))).toMatchObject({ outcome: 'unknown' });
    expect(server.heard).toEqual(['EHLO', 'MAIL', 'RCPT', 'DATA', 'message']);
  });

  test('after the whole message is unknown when the time is up, too', async () => {
    const server = await startServer({ message: 'say nothing' });
    const channel = createChannel(server.port, { socketTimeout: 50 });
    const error = await failureOf(sendWith(channel));
    expect(error).toMatchObject({ outcome: 'unknown', providerCode: 'ETIMEDOUT' });
    expect(server.heard.filter((step) => step === 'message')).toHaveLength(1);
  });

  test('in the middle of a large message is transient: a server takes no message without its end', async () => {
    const server = await startServer({ firstBytes: 'hang up' });
    const text = `${'x'.repeat(998)}\r\n`.repeat(4_000);
    const error = await failureOf(sendWith(createChannel(server.port), { message: { text } }));
    expect(error).toMatchObject({ outcome: 'transient' });
    expect(server.heard.at(-1)).toBe('DATA');
  });

  test('because nobody listens is transient', async () => {
    const server = await startServer({});
    await server[Symbol.asyncDispose]();
    const error = await failureOf(sendWith(createChannel(server.port)));
    expect(error).toMatchObject({ outcome: 'transient', providerCode: 'ECONNREFUSED' });
  });

  test('because the name has no address is transient', async () => {
    const error = await failureOf(sendWith(createChannel(25, { host: 'smtp.invalid' })));
    expect(error).toMatchObject({ outcome: 'transient' });
  });

  test('because the server speaks something else is transient', async () => {
    const { port } = await startServer({ greeting: 'HTTP/1.1 400 Bad Request' });
    expect(await failureOf(sendWith(createChannel(port)))).toMatchObject({ outcome: 'transient' });
  });

  test('does not make the channel repeat the message by itself', async () => {
    const server = await startServer({ message: 'hang up' });
    const channel = createChannel(server.port);
    await failureOf(sendWith(channel));
    await failureOf(sendWith(channel));
    expect(server.heard.filter((step) => step === 'message')).toHaveLength(2);
  });
});

describe('an abort', () => {
  test('before the send is transient, and connects to nobody', async () => {
    const server = await startServer({});
    const error = await failureOf(sendWith(createChannel(server.port), { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ outcome: 'transient' });
    expect(server.heard).toEqual([]);
  });

  test.each([
    [{ RCPT: 'say nothing' }, 'transient'],
    [{ message: 'say nothing' }, 'unknown'],
  ] satisfies [Script, string][])('during %j is %s, and closes the connection', async (script, outcome) => {
    const server = await startServer(script);
    const controller = new AbortController();
    server.onSilence = () => controller.abort();
    const sending = sendWith(createChannel(server.port), { signal: controller.signal });
    expect(await failureOf(sending)).toMatchObject({ outcome });
    await expect.poll(() => server.openConnections).toBe(0);
  });

  test('of one mail leaves the others alone', async () => {
    const sink = await MailSink.start();
    onTestFinished(() => sink[Symbol.asyncDispose]());
    const channel = createChannel(sink.port);
    const controller = new AbortController();
    const aborted = failureOf(sendWith(channel, { signal: controller.signal }));
    const others = Promise.all([sendWith(channel), sendWith(channel)]);
    controller.abort();
    expect(await aborted).toMatchObject({ outcome: 'transient' });
    expect(await others).toHaveLength(2);
  });
});

describe('copies', () => {
  /** Refuses the one address with a reply, takes all others. */
  async function startPickySink(address: string, responseCode: number): Promise<MailSink> {
    const sink = await MailSink.start({
      onRcptTo: (rcpt, _session, done) =>
        rcpt.address === address ? done(Object.assign(new Error('refused'), { responseCode })) : done(),
    });
    onTestFinished(() => sink[Symbol.asyncDispose]());
    return sink;
  }
  const message = { cc: 'cc@example.com' };

  test('that are refused do not undo the mail, and are counted', async () => {
    const sink = await startPickySink('cc@example.com', 550);
    const receipt = await sendWith(createChannel(sink.port), { message });
    expect(receipt.details).toEqual({ rejectedCopies: 1 });
  });

  test('that are taken while the recipient is refused for good leave what the refusal says', async () => {
    const sink = await startPickySink('ada@example.com', 553);
    const error = await failureOf(sendWith(createChannel(sink.port), { message }));
    expect(error).toMatchObject({ outcome: 'invalid_address', status: 553 });
  });

  test('that are taken while the recipient is refused for now make that permanent: a retry would repeat them', async () => {
    const sink = await startPickySink('ada@example.com', 451);
    const error = await failureOf(sendWith(createChannel(sink.port), { message }));
    expect(error).toMatchObject({ outcome: 'permanent', status: 451 });
    expect(sink.arrived.map(({ to }) => to)).toEqual([['cc@example.com']]);
  });
});
