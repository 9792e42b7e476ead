import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { ChannelError } from '@townkrier/core';
import { VirtualClock } from '@townkrier/core/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createResendChannel, LONGEST_RETRY_AFTER, QUOTA_WAIT, type ResendConfig } from '../src/index.ts';
import { RecordedResend, readFixture } from './recorded-resend.ts';
import { sendWith } from './send-request.ts';

let resend: RecordedResend;
beforeEach(async () => {
  resend = await RecordedResend.start();
});
afterEach(() => resend[Symbol.asyncDispose]());

function createChannel(config: Partial<ResendConfig> = {}) {
  return createResendChannel({
    apiKey: 're_secret',
    from: 'a@acme.example',
    baseUrl: resend.baseUrl,
    ...config,
  });
}

/** The outcome error that a send ends with. */
async function failureOf(sending: Promise<unknown>): Promise<ChannelError> {
  const [result] = await Promise.allSettled([sending]);
  if (result.status === 'fulfilled') throw new Error('It was sent.');
  if (!ChannelError.is(result.reason)) throw new Error('It threw no outcome.', { cause: result.reason });
  return result.reason;
}

/** Fixture, outcome, the code that the error keeps, milliseconds to wait. */
const REFUSALS: readonly [string, string, string | undefined, number?][] = [
  ['invalid-idempotency-key', 'permanent', 'invalid_idempotency_key'],
  ['validation-error', 'permanent', 'validation_error'],
  ['missing-api-key', 'permanent', 'missing_api_key'],
  ['restricted-api-key', 'permanent', 'restricted_api_key'],
  ['invalid-api-key', 'permanent', 'invalid_api_key'],
  ['testing-addresses-only', 'permanent', 'validation_error'],
  ['domain-not-verified', 'permanent', 'validation_error'],
  ['not-found', 'permanent', 'not_found'],
  ['method-not-allowed', 'permanent', 'method_not_allowed'],
  ['invalid-idempotent-request', 'unknown', 'invalid_idempotent_request'],
  ['concurrent-idempotent-requests', 'unknown', 'concurrent_idempotent_requests'],
  ['invalid-attachment', 'permanent', 'invalid_attachment'],
  ['invalid-from-address', 'permanent', 'invalid_from_address'],
  ['invalid-to-address', 'invalid_address', 'validation_error'],
  ['invalid-access', 'permanent', 'invalid_access'],
  ['invalid-parameter', 'permanent', 'invalid_parameter'],
  ['invalid-region', 'permanent', 'invalid_region'],
  ['missing-required-field', 'permanent', 'missing_required_field'],
  ['rate-limit-exceeded', 'rate_limited', 'rate_limit_exceeded', 2_000],
  ['daily-quota-exceeded', 'rate_limited', 'daily_quota_exceeded', QUOTA_WAIT],
  ['monthly-quota-exceeded', 'rate_limited', 'monthly_quota_exceeded', QUOTA_WAIT],
  ['security-error', 'permanent', 'security_error'],
  ['application-error', 'unknown', 'application_error'],
  ['internal-server-error', 'unknown', 'internal_server_error'],
  ['bad-gateway', 'unknown', undefined],
  ['service-unavailable', 'transient', undefined, 30_000],
  ['gateway-timeout', 'unknown', undefined],
];

describe('a documented refusal', () => {
  test.each(REFUSALS)('%s is %s', async (fixture, outcome, providerCode, retryAfterMs) => {
    resend.answer(fixture);
    const error = await failureOf(sendWith(createChannel()));
    expect(error).toMatchObject({
      outcome,
      providerCode,
      provider: 'resend',
      status: readFixture(fixture).status,
    });
    expect(Reflect.get(error, 'retryAfterMs')).toBe(retryAfterMs);
  });

  test.each(REFUSALS)('%s is told without the text of the reply, the address or the key', async (fixture) => {
    resend.answer(fixture);
    const { message, cause } = await failureOf(sendWith(createChannel()));
    const { body } = readFixture(fixture);
    const text =
      typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : String(body);
    expect(message).not.toContain(text);
    expect(message).not.toMatch(/ada@example\.com|re_secret/);
    expect(cause).toBeUndefined();
  });

  test('is in this list for every recorded reply', () => {
    const recorded = readdirSync(new URL('../src/__fixtures__', import.meta.url)).map((file) =>
      file.replace('.json', ''),
    );
    expect(recorded.toSorted()).toEqual(['accepted', ...REFUSALS.map(([fixture]) => fixture)].toSorted());
  });
});

describe('an answer nobody documented', () => {
  test.each([
    [302, 'permanent'],
    [400, 'permanent'],
    [404, 'permanent'],
    [408, 'transient'],
    [409, 'unknown'],
    [413, 'permanent'],
    [425, 'transient'],
    [429, 'rate_limited'],
    [500, 'unknown'],
    [520, 'unknown'],
  ])('with status %i is %s', async (status, outcome) => {
    resend.answer({ status, headers: { location: '/elsewhere' }, body: '<html>' });
    expect(await failureOf(sendWith(createChannel()))).toMatchObject({
      outcome,
      status,
      providerCode: undefined,
    });
    expect(resend.requests).toHaveLength(1);
  });

  test('keeps a name that is not ours out of the error', async () => {
    resend.answer({ status: 400, headers: {}, body: { name: 'ada@example.com', message: 'no' } });
    const error = await failureOf(sendWith(createChannel()));
    expect(error.message).toBe('Resend answered 400: it refused the request.');
    expect(error.providerCode).toBeUndefined();
  });

  test.each([
    ['no body', ''],
    ['HTML', '<html>ok</html>'],
    ['no id', '{}'],
    ['an empty id', '{"id":""}'],
    ['an id that is no text', '{"id":42}'],
    ['a body cut short', '{"id":"49a3'],
  ])('of success with %s is unknown', async (_what, body) => {
    resend.answer({ status: 200, headers: {}, body });
    expect(await failureOf(sendWith(createChannel()))).toMatchObject({ outcome: 'unknown', status: 200 });
  });

  test('of success that never ends is unknown, and read no further than it must', async () => {
    let closed: Promise<unknown> | undefined;
    resend.answer((_request, response) => {
      response.writeHead(200);
      closed = once(response, 'close');
      const pour = () => {
        while (response.write('x'.repeat(65_536)));
      };
      response.on('drain', pour);
      pour();
    });
    expect(await failureOf(sendWith(createChannel()))).toMatchObject({ outcome: 'unknown' });
    await closed;
  });
});

describe('a wait that the headers ask for', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');
  test.each([
    ['seconds', { 'retry-after': '7' }, 7_000],
    ['zero seconds', { 'retry-after': '0' }, 0],
    ['a date', { 'retry-after': 'Sun, 01 Mar 2026 12:01:30 GMT' }, 90_000],
    ['a date that has passed', { 'retry-after': 'Sun, 01 Mar 2026 11:00:00 GMT' }, 0],
    ['more than a day', { 'retry-after': '999999' }, LONGEST_RETRY_AFTER],
    ['only a reset', { 'ratelimit-reset': '3' }, 3_000],
    ['nonsense before a reset', { 'retry-after': 'soon', 'ratelimit-reset': '3' }, 3_000],
    ['nonsense', { 'retry-after': 'soon' }, undefined],
    ['a negative number', { 'retry-after': '-5', 'ratelimit-reset': '-5' }, undefined],
    ['nothing', {}, undefined],
  ])('as %s', async (_what, headers, retryAfterMs) => {
    resend.answer({ status: 429, headers, body: {} });
    const error = await failureOf(sendWith(createChannel({ clock: new VirtualClock(now) })));
    expect(error).toMatchObject({ outcome: 'rate_limited', retryAfterMs });
  });
});

describe('a connection that fails', () => {
  test('because nobody listens is transient: nothing was sent', async () => {
    const { baseUrl } = resend;
    await resend[Symbol.asyncDispose]();
    const error = await failureOf(sendWith(createChannel({ baseUrl })));
    expect(error).toMatchObject({ outcome: 'transient', providerCode: 'ECONNREFUSED' });
  });

  test('because the name has no address is transient', async () => {
    const error = await failureOf(sendWith(createChannel({ baseUrl: 'http://resend.invalid' })));
    expect(error).toMatchObject({
      outcome: 'transient',
      providerCode: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    });
  });

  test('because it is reset after the request is unknown', async () => {
    resend.answer((request) => request.socket.resetAndDestroy());
    expect(await failureOf(sendWith(createChannel()))).toMatchObject({ outcome: 'unknown' });
  });

  test('because it is reset in the middle of a success is unknown', async () => {
    resend.answer((request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"id":', () => request.socket.resetAndDestroy());
    });
    expect(await failureOf(sendWith(createChannel()))).toMatchObject({ outcome: 'unknown', status: 200 });
  });

  test('because it is reset in the middle of a refusal is what its status says', async () => {
    resend.answer((request, response) => {
      response.writeHead(403, { 'content-length': '100' });
      response.write('{"name":', () => request.socket.resetAndDestroy());
    });
    expect(await failureOf(sendWith(createChannel()))).toMatchObject({ outcome: 'permanent', status: 403 });
  });

  test('because the server speaks no HTTP is unknown', async () => {
    const server = createServer((socket) => socket.end('220 mail.example ESMTP\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const error = await failureOf(sendWith(createChannel({ baseUrl: `http://127.0.0.1:${port}` })));
    server.close();
    expect(error).toMatchObject({ outcome: 'unknown' });
  });

  test('because the caller gave up waiting is unknown, and the request ends', async () => {
    const controller = new AbortController();
    let hungUp: Promise<unknown> | undefined;
    resend.answer((request) => {
      hungUp = once(request.socket, 'close');
      controller.abort(new Error('took too long'));
    });
    const error = await failureOf(sendWith(createChannel(), { signal: controller.signal }));
    expect(error).toMatchObject({ outcome: 'unknown' });
    await hungUp;
  });
});

test('a retry with the same key after an unknown outcome gets the answer of the first', async () => {
  const taken = new Map<unknown, string>();
  resend.answer((request, response) => {
    const key = request.headers['idempotency-key'];
    const isFirst = !taken.has(key);
    taken.set(key, taken.get(key) ?? `message-${taken.size + 1}`);
    if (isFirst) request.socket.resetAndDestroy();
    else response.end(JSON.stringify({ id: taken.get(key) }));
  });
  const channel = createChannel();
  expect(await failureOf(sendWith(channel, { idempotencyKey: 'one' }))).toMatchObject({ outcome: 'unknown' });
  expect(await sendWith(channel, { idempotencyKey: 'one' })).toMatchObject({ messageId: 'message-1' });
  expect(taken.size).toBe(1);
});
