import { describe, expect, it, test } from 'vitest';
import {
  type Channel,
  type ChannelReceipt,
  type ChannelRequest,
  PermanentError,
  RateLimitedError,
  TransientError,
} from '../src/index.ts';
import { channelConformance, type TestRunner } from '../src/testing/index.ts';
import { createScriptedHarness, FaithfulChannel, type ScriptedProvider } from './scripted-harness.ts';

channelConformance(
  { describe, it },
  { name: 'FaithfulChannel', create: () => createScriptedHarness(FaithfulChannel) },
);

type ChannelClass = new (provider: ScriptedProvider) => Channel;
type Request = ChannelRequest<{ text: string }, string>;

/** Runs the suite and returns the names of the cases that failed. */
async function failedCases(
  ChannelUnderTest: ChannelClass,
  skip: Record<string, string> = {},
): Promise<string[]> {
  const cases: { name: string; run: () => Promise<void> }[] = [];
  const runner: TestRunner = {
    describe: (_, body) => body(),
    it: (name, run) => cases.push({ name, run }),
  };
  channelConformance(runner, { name: 'broken', create: () => createScriptedHarness(ChannelUnderTest), skip });
  const failed: string[] = [];
  for (const { name, run } of cases) await run().catch(() => failed.push(name));
  return failed;
}

class CallsFailuresSent extends FaithfulChannel {
  override async send(request: Request): Promise<ChannelReceipt> {
    return super.send(request).catch(() => ({ messageId: 'fine', status: 'accepted' }));
  }
}

class NeverGivesUp extends FaithfulChannel {
  override toError(status: number, request: Request): Error {
    const error = super.toError(status, request);
    return error instanceof PermanentError ? new TransientError('Refused.') : error;
  }
}

class GivesUpAtOnce extends FaithfulChannel {
  override toError(status: number, request: Request): Error {
    return status === 503 ? new PermanentError('Overloaded.') : super.toError(status, request);
  }
}

class ForgetsTheWait extends FaithfulChannel {
  override toError(status: number, request: Request): Error {
    return status === 429 ? new RateLimitedError('Too many requests.') : super.toError(status, request);
  }
}

class TakesSecondsForMilliseconds extends FaithfulChannel {
  override toError(status: number, request: Request): Error {
    return status === 429
      ? new RateLimitedError('Wait.', { retryAfterMs: 3 })
      : super.toError(status, request);
  }
}

class BlamesTheSender extends FaithfulChannel {
  override toError(status: number, request: Request): Error {
    return status === 404 ? new PermanentError('Refused.') : super.toError(status, request);
  }
}

class SaysCutIsUnsent extends FaithfulChannel {
  override async post(request: ChannelRequest): Promise<{ status: number; id: string }> {
    return super.post(request).catch((error: unknown) => {
      if (request.signal.aborted) throw error;
      throw new TransientError('No connection.');
    });
  }
}

class IgnoresTheSignal extends FaithfulChannel {
  override async post(request: ChannelRequest): Promise<{ status: number; id: string }> {
    return super.post({ ...request, signal: new AbortController().signal });
  }
}

class KeepsTheKey extends FaithfulChannel {
  override async post(request: ChannelRequest): Promise<{ status: number; id: string }> {
    return super.post({ ...request, idempotencyKey: 'always the same' });
  }
}

class TakesAnyAddress extends FaithfulChannel {
  override parseAddress(address: unknown): string {
    return String(address);
  }
}

class TakesAnyMessage extends FaithfulChannel {
  override parseMessage(message: unknown): { text: string } {
    return { text: String(Reflect.get(Object(message), 'text')) };
  }
}

class LetsHeadersIn extends FaithfulChannel {
  override parseMessage(message: unknown): { text: string } {
    const text: unknown = Reflect.get(Object(message), 'text');
    return typeof text === 'string' ? { text } : super.parseMessage(message);
  }
}

class Tattles extends FaithfulChannel {
  override toError(status: number, request: Request): Error {
    const error = super.toError(status, request);
    error.message += ` The message was: ${request.message.text}`;
    return error;
  }
}

class RepeatsItsReceipt extends FaithfulChannel {
  override async send(request: Request): Promise<ChannelReceipt> {
    return { ...(await super.send(request)), messageId: 'queued' };
  }
}

class MixesUpConcurrentSends extends FaithfulChannel {
  #current = '';
  override async send(request: Request): Promise<ChannelReceipt> {
    const receipt = await super.send(request);
    this.#current = receipt.messageId;
    await new Promise(setImmediate);
    return { ...receipt, messageId: this.#current };
  }
}

class ClosesOnce extends FaithfulChannel {
  #isClosed = false;
  override async close(): Promise<void> {
    if (this.#isClosed) throw new Error('already closed');
    this.#isClosed = true;
  }
}

class StaysBroken extends FaithfulChannel {
  #isBroken = false;
  override async send(request: Request): Promise<ChannelReceipt> {
    if (this.#isBroken) throw new TransientError('Still down.');
    return super.send(request).catch((error: unknown) => {
      this.#isBroken = true;
      throw error;
    });
  }
}

class ChangesTheMessage extends FaithfulChannel {
  override parseMessage(message: unknown): { text: string } {
    const parsed = super.parseMessage(message);
    Reflect.set(Object(message), 'text', parsed.text.toUpperCase());
    return parsed;
  }
}

class KeepsLiveDetails extends FaithfulChannel {
  override async send(request: Request): Promise<ChannelReceipt> {
    return { ...(await super.send(request)), details: { at: new Date(0) } };
  }
}

describe('the suite catches', () => {
  test.each<[string, ChannelClass, string]>([
    ['a channel that calls failures sent', CallsFailuresSent, 'a refusal for good rejects as permanent'],
    ['one that never gives up', NeverGivesUp, 'a refusal for good rejects as permanent'],
    ['one that gives up at once', GivesUpAtOnce, 'a failure in passing rejects as transient'],
    [
      'one that forgets the wait',
      ForgetsTheWait,
      'a request to wait rejects as rate limited, with the milliseconds asked for',
    ],
    [
      'one that mixes up units',
      TakesSecondsForMilliseconds,
      'a request to wait rejects as rate limited, with the milliseconds asked for',
    ],
    [
      'one that blames the sender',
      BlamesTheSender,
      'an address the provider does not know rejects as invalid address',
    ],
    [
      'one that says a cut request was not sent',
      SaysCutIsUnsent,
      'a connection cut after the request leaves the outcome unknown',
    ],
    [
      'one that ignores the signal',
      IgnoresTheSignal,
      'an aborted signal ends a send that hangs, and leaves its outcome unknown',
    ],
    [
      'one that sends although aborted',
      IgnoresTheSignal,
      'a signal that has aborted already lets nothing reach the provider',
    ],
    [
      'one that drops the key',
      KeepsTheKey,
      'the provider gets the idempotency key if the channel claims that it honours one',
    ],
    ['one that takes any address', TakesAnyAddress, 'a malformed address is refused before anything is sent'],
    ['one that takes any message', TakesAnyMessage, 'a malformed message is refused before anything is sent'],
    ['one that lets headers in', LetsHeadersIn, 'what tries to smuggle something in is refused'],
    ['one that tattles', Tattles, 'errors carry neither secrets nor the message'],
    ['one that repeats its receipt', RepeatsItsReceipt, 'sends at the same time do not disturb each other'],
    [
      'one that mixes up concurrent sends',
      MixesUpConcurrentSends,
      'sends at the same time do not disturb each other',
    ],
    ['one that cannot be closed twice', ClosesOnce, 'closing twice is closing once'],
    ['one that stays broken', StaysBroken, 'a send after a failed one works'],
    ['one that changes the message', ChangesTheMessage, 'parsing leaves what the app gave as it was'],
    ['one with details that cannot be stored', KeepsLiveDetails, "a receipt's details can be stored as JSON"],
  ])(
    '%s',
    async (_, ChannelUnderTest, caseName) => {
      expect(await failedCases(ChannelUnderTest)).toContain(caseName);
    },
    20_000,
  );

  test('a skip that names no case, or has no reason', async () => {
    const skips = 'every skip names a case and gives a reason';
    expect(await failedCases(FaithfulChannel, { 'no such case': 'a reason that is long' })).toEqual([skips]);
    expect(await failedCases(FaithfulChannel, { 'closing twice is closing once': '' })).toEqual([skips]);
    const reason = 'it has nothing to close';
    expect(await failedCases(ClosesOnce, { 'closing twice is closing once': reason })).toEqual([]);
  });
});
