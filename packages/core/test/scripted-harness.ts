import {
  type Channel,
  type ChannelReceipt,
  type ChannelRequest,
  CoreErrorCode,
  InvalidAddressError,
  PermanentError,
  RateLimitedError,
  TownKrierError,
  TransientError,
  UnknownOutcomeError,
} from '../src/index.ts';
import type { ChannelHarness, ProviderBehaviour } from '../src/testing/index.ts';

const API_KEY = 're_very_secret';

/** A provider in memory that does as it is told. */
export class ScriptedProvider {
  behaviour: ProviderBehaviour = 'accept';
  readonly received: { idempotencyKey?: string | undefined }[] = [];
  #accepted = 0;

  /** Answers like an HTTP API: a status, and sometimes nothing at all. */
  async post(
    idempotencyKey: string | undefined,
    signal: AbortSignal,
  ): Promise<{ status: number; id: string }> {
    signal.throwIfAborted();
    this.received.push({ idempotencyKey });
    if (this.behaviour === 'cut') throw new TypeError('terminated');
    if (this.behaviour === 'hang') await aborted(signal);
    if (this.behaviour !== 'accept') return { status: STATUS[this.behaviour], id: '' };
    this.#accepted += 1;
    return { status: 200, id: `message-${this.#accepted}` };
  }
}

const STATUS = { reject: 403, fail: 503, 'rate-limit': 429, 'refuse-address': 404, hang: 0, cut: 0 } as const;

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
  });
}

/** A channel that keeps its contract. Channels broken on purpose are this one with a method replaced. */
export class FaithfulChannel implements Channel<{ text: string }, string> {
  readonly type: string = 'email';
  readonly honoursIdempotencyKey: boolean = true;
  protected readonly provider: ScriptedProvider;

  constructor(provider: ScriptedProvider) {
    this.provider = provider;
  }

  parseAddress(address: unknown): string {
    if (typeof address === 'string' && /^[^\s@]+@[^\s@]+$/.test(address)) return address;
    throw new InvalidAddressError('expected user@host');
  }

  parseMessage(message: unknown): { text: string } {
    const text: unknown =
      typeof message === 'object' && message !== null ? Reflect.get(message, 'text') : undefined;
    if (typeof text === 'string' && !/[\r\n]/.test(text)) return { text };
    throw new TownKrierError('text: expected one line', { code: CoreErrorCode.MESSAGE_INVALID });
  }

  async send(request: ChannelRequest<{ text: string }, string>): Promise<ChannelReceipt> {
    const { status, id } = await this.post(request);
    if (status === 200) return { messageId: id, status: 'accepted' };
    throw this.toError(status, request);
  }

  async post({ idempotencyKey, signal }: ChannelRequest): Promise<{ status: number; id: string }> {
    try {
      return await this.provider.post(idempotencyKey, signal);
    } catch (error) {
      throw new UnknownOutcomeError('No answer.', { cause: error });
    }
  }

  toError(status: number, _request: ChannelRequest<{ text: string }, string>): Error {
    if (status === 429) return new RateLimitedError('Too many requests.', { retryAfterMs: 3_000 });
    if (status === 503) return new TransientError('Overloaded.');
    if (status === 404) return new InvalidAddressError('No such address.');
    return new PermanentError('Refused.');
  }

  async close(): Promise<void> {
    // Nothing was opened.
  }
}

/** A harness around a channel of a class. */
export function createScriptedHarness(
  ChannelClass: new (provider: ScriptedProvider) => Channel,
): ChannelHarness {
  const provider = new ScriptedProvider();
  return {
    channel: new ChannelClass(provider),
    address: 'ada@example.com',
    message: { text: 'the secret text' },
    malformedAddresses: ['ada', '', 5, undefined, {}],
    malformedMessages: [{}, { text: 5 }, null, 'text'],
    injections: [{ what: 'a header in the text', message: { text: 'x\r\nBcc: eve@example.com' } }],
    secrets: [API_KEY, 'the secret text', 'ada@example.com'],
    retryAfterMs: 3_000,
    behave(behaviour) {
      provider.behaviour = behaviour;
    },
    received: () => provider.received,
    async close() {
      // It lives in memory.
    },
  };
}
