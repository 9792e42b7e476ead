import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChannelReceipt, ChannelRequest } from '../channel.ts';
import { ChannelError, ChannelOutcome, type RateLimitedError } from '../channel-errors.ts';
import { CoreErrorCode, TownKrierError } from '../errors.ts';
import { type ChannelHarness, ProviderBehaviour } from './channel-harness.ts';

/** One promise of the channel contract. */
export interface ChannelCase {
  readonly name: string;
  readonly run: (harness: ChannelHarness) => Promise<void>;
}

/** Milliseconds a channel has to let go after its signal aborted. */
const LETTING_GO = 2_000;
/** Milliseconds after which a test gives up. */
const PATIENCE = 5_000;
const CONCURRENT_SENDS = 20;

let keys = 0;

/** A fresh key of the right form: 43 url-safe characters. */
function createKey(): string {
  keys += 1;
  return `conformance-${keys}-`.padEnd(43, 'x');
}

function send(harness: ChannelHarness, request: Partial<ChannelRequest> = {}): Promise<ChannelReceipt> {
  const { channel } = harness;
  return channel.send({
    message: channel.parseMessage(harness.message),
    address: channel.parseAddress(harness.address),
    idempotencyKey: createKey(),
    signal: new AbortController().signal,
    attempt: 1,
    notification: { id: 'conformance', type: 'conformance' },
    metadata: {},
    ...request,
  });
}

async function within<Value>(milliseconds: number, what: string, promise: Promise<Value>): Promise<Value> {
  const controller = new AbortController();
  const late = delay(milliseconds, undefined, { signal: controller.signal }).then(() => {
    throw new assert.AssertionError({ message: `${what} within ${milliseconds} ms` });
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    controller.abort();
    late.catch(() => undefined);
  }
}

/** What a send was rejected with. Fails when it resolves: then the channel calls something sent that was not. */
async function rejection(sending: Promise<unknown>): Promise<unknown> {
  let receipt: unknown;
  try {
    receipt = await within(PATIENCE, 'send must end', sending);
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return error;
  }
  assert.fail(`send must reject, but it resolved with ${JSON.stringify(receipt)}`);
}

function outcomeOf(error: unknown): string {
  if (ChannelError.is(error)) return error.outcome;
  return `none: ${error instanceof Error ? error.name : typeof error}`;
}

async function assertOutcome(harness: ChannelHarness, outcome: ChannelOutcome): Promise<unknown> {
  const error = await rejection(send(harness));
  assert.equal(outcomeOf(error), outcome);
  return error;
}

/** A plain error counts as unknown; only a channel that claims to know more is wrong. */
function assertUnknown(error: unknown): void {
  if (ChannelError.is(error)) assert.equal(error.outcome, ChannelOutcome.UNKNOWN);
}

function refusal(parse: () => unknown): unknown {
  try {
    parse();
  } catch (error) {
    return error;
  }
  return undefined;
}

function assertRefused(parse: () => unknown, codes: readonly string[], what: string): void {
  const error = refusal(parse);
  assert.ok(error !== undefined, `${what} must be refused`);
  assert.ok(TownKrierError.is(error), `${what} must be refused with a TownKrierError, got ${String(error)}`);
  assert.ok(
    codes.includes(error.code),
    `${what} must be refused with ${codes.join(' or ')}, got ${error.code}`,
  );
}

/** All cases, in the order of the report. */
export const channelCases: readonly ChannelCase[] = [
  {
    name: 'the channel says what it carries and whether it honours idempotency keys',
    async run({ channel }) {
      assert.ok(typeof channel.type === 'string' && channel.type !== '', 'type must be a name');
      assert.equal(typeof channel.honoursIdempotencyKey, 'boolean');
    },
  },
  {
    name: 'a configured channel is ready',
    async run({ channel }) {
      assert.equal(channel.isReady?.() ?? true, true);
    },
  },
  {
    name: 'an accepted message resolves with a receipt that names it',
    async run(harness) {
      const receipt = await within(PATIENCE, 'send must end', send(harness));
      assert.ok(
        typeof receipt.messageId === 'string' && receipt.messageId !== '',
        'messageId must be a text that is not empty',
      );
      assert.ok(
        ['accepted', 'delivered'].includes(receipt.status),
        `status must be known, got ${receipt.status}`,
      );
      assert.equal((await harness.received()).length, 1);
    },
  },
  {
    name: "a receipt's details can be stored as JSON",
    async run(harness) {
      const { details = {} } = await send(harness);
      assert.deepEqual(JSON.parse(JSON.stringify(details)), details);
    },
  },
  {
    name: 'a refusal for good rejects as permanent',
    async run(harness) {
      await harness.behave(ProviderBehaviour.REJECT);
      await assertOutcome(harness, ChannelOutcome.PERMANENT);
    },
  },
  {
    name: 'a failure in passing rejects as transient',
    async run(harness) {
      await harness.behave(ProviderBehaviour.FAIL);
      await assertOutcome(harness, ChannelOutcome.TRANSIENT);
    },
  },
  {
    name: 'a request to wait rejects as rate limited, with the milliseconds asked for',
    async run(harness) {
      await harness.behave(ProviderBehaviour.RATE_LIMIT);
      const error = await assertOutcome(harness, ChannelOutcome.RATE_LIMITED);
      // The assertion before has made sure of the class.
      const { retryAfterMs } = error as RateLimitedError;
      assert.ok(retryAfterMs !== undefined, 'retryAfterMs must be given');
      // A provider may name a date instead of a span, which costs up to a second.
      assert.ok(
        Math.abs(retryAfterMs - harness.retryAfterMs) <= 1_000,
        `retryAfterMs must be about ${harness.retryAfterMs}, got ${retryAfterMs}`,
      );
    },
  },
  {
    name: 'an address the provider does not know rejects as invalid address',
    async run(harness) {
      await harness.behave(ProviderBehaviour.REFUSE_ADDRESS);
      await assertOutcome(harness, ChannelOutcome.INVALID_ADDRESS);
    },
  },
  {
    name: 'a connection cut after the request leaves the outcome unknown',
    async run(harness) {
      await harness.behave(ProviderBehaviour.CUT);
      assertUnknown(await rejection(send(harness)));
    },
  },
  {
    name: 'an aborted signal ends a send that hangs, and leaves its outcome unknown',
    async run(harness) {
      await harness.behave(ProviderBehaviour.HANG);
      const controller = new AbortController();
      const sending = rejection(send(harness, { signal: controller.signal }));
      await untilReceived(harness, 1);
      controller.abort(new Error('the test aborts'));
      assertUnknown(await within(LETTING_GO, 'send must end after its signal aborted', sending));
    },
  },
  {
    name: 'a signal that has aborted already lets nothing reach the provider',
    async run(harness) {
      await rejection(send(harness, { signal: AbortSignal.abort(new Error('the test aborts')) }));
      assert.equal((await harness.received()).length, 0);
    },
  },
  {
    name: 'the provider gets the idempotency key if the channel claims that it honours one',
    async run(harness) {
      if (!harness.channel.honoursIdempotencyKey) return;
      const keysSent = [createKey(), createKey()];
      for (const idempotencyKey of keysSent) await send(harness, { idempotencyKey });
      assert.deepEqual(
        (await harness.received()).map(({ idempotencyKey }) => idempotencyKey),
        keysSent,
      );
    },
  },
  {
    name: 'a malformed address is refused before anything is sent',
    async run({ channel, malformedAddresses }) {
      assert.ok(malformedAddresses.length > 0, 'the harness must name malformed addresses');
      for (const address of malformedAddresses) {
        assertRefused(
          () => channel.parseAddress(address),
          [CoreErrorCode.CHANNEL_ADDRESS_INVALID],
          `address ${JSON.stringify(address)}`,
        );
      }
    },
  },
  {
    name: 'a malformed message is refused before anything is sent',
    async run({ channel, malformedMessages }) {
      assert.ok(malformedMessages.length > 0, 'the harness must name malformed messages');
      for (const message of malformedMessages) {
        assertRefused(
          () => channel.parseMessage(message),
          [CoreErrorCode.MESSAGE_INVALID],
          `message ${JSON.stringify(message)}`,
        );
      }
    },
  },
  {
    name: 'what tries to smuggle something in is refused',
    async run({ channel, injections, ...harness }) {
      for (const { what, message = harness.message, address = harness.address } of injections) {
        assertRefused(
          () => [channel.parseMessage(message), channel.parseAddress(address)],
          [CoreErrorCode.MESSAGE_INVALID, CoreErrorCode.CHANNEL_ADDRESS_INVALID],
          what,
        );
      }
    },
  },
  {
    name: 'parsing leaves what the app gave as it was',
    async run({ channel, address, message }) {
      const before = structuredClone({ address, message });
      channel.parseAddress(address);
      channel.parseMessage(message);
      assert.deepEqual({ address, message }, before);
    },
  },
  {
    name: 'errors carry neither secrets nor the message',
    async run(harness) {
      for (const behaviour of [ProviderBehaviour.REJECT, ProviderBehaviour.FAIL]) {
        await harness.behave(behaviour);
        const error = await rejection(send(harness));
        const text = error instanceof Error ? error.message : String(error);
        for (const secret of harness.secrets) assert.ok(!text.includes(secret), `${behaviour}: ${text}`);
      }
    },
  },
  {
    name: 'a send after a failed one works',
    async run(harness) {
      await harness.behave(ProviderBehaviour.FAIL);
      await rejection(send(harness));
      await harness.behave(ProviderBehaviour.ACCEPT);
      assert.equal(typeof (await within(PATIENCE, 'send must end', send(harness))).messageId, 'string');
    },
  },
  {
    name: 'sends at the same time do not disturb each other',
    async run(harness) {
      const sends = Array.from({ length: CONCURRENT_SENDS }, () => send(harness));
      const receipts = await within(PATIENCE, 'all sends must end', Promise.all(sends));
      const ids = new Set(receipts.map(({ messageId }) => messageId));
      assert.equal(ids.size, CONCURRENT_SENDS, 'each message must have an id of its own');
      assert.equal((await harness.received()).length, CONCURRENT_SENDS);
    },
  },
  {
    name: 'closing twice is closing once',
    async run(harness) {
      await send(harness);
      await within(PATIENCE, 'close must end', Promise.resolve(harness.channel.close?.()));
      await within(PATIENCE, 'a second close must end', Promise.resolve(harness.channel.close?.()));
    },
  },
];

async function untilReceived(harness: ChannelHarness, count: number): Promise<void> {
  const begun = performance.now();
  while ((await harness.received()).length < count) {
    assert.ok(performance.now() - begun < PATIENCE, 'the request must reach the provider');
    await delay(5);
  }
}
