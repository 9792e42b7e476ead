import { z } from 'zod';
import {
  type Channel,
  type ChannelName,
  type ChannelReceipt,
  type ChannelRequest,
  CoreErrorCode,
  InvalidAddressError,
  TownKrierError,
} from '../src/index.ts';

/** What a scripted provider does with a request: throw an error, never answer, or something of the test's own. */
export type Step = Error | 'accept' | 'hang' | ((request: ChannelRequest) => Promise<ChannelReceipt>);

const messageSchema = z.looseObject({ text: z.string().min(1) });

/** A channel that does what its script says, then accepts; addresses are strings or objects, `invalid` is none. */
export class ScriptedChannel implements Channel {
  readonly type: ChannelName;
  readonly honoursIdempotencyKey: boolean;
  readonly requests: ChannelRequest[] = [];
  script: Step[] = [];
  isUp = true;
  closed = 0;

  constructor(type: ChannelName = 'email', honoursIdempotencyKey = false) {
    this.type = type;
    this.honoursIdempotencyKey = honoursIdempotencyKey;
  }

  isReady(): boolean {
    return this.isUp;
  }

  parseAddress(address: unknown): unknown {
    if (address === 'invalid') throw new InvalidAddressError('No such address.');
    return address;
  }

  parseMessage(message: unknown): unknown {
    const parsed = messageSchema.safeParse(message);
    if (parsed.success) return parsed.data;
    throw new TownKrierError('text: expected a text', { code: CoreErrorCode.MESSAGE_INVALID });
  }

  async send(request: ChannelRequest): Promise<ChannelReceipt> {
    this.requests.push(request);
    const step = this.script.shift() ?? 'accept';
    if (step instanceof Error) throw step;
    if (step === 'hang') return new Promise(() => undefined);
    if (step !== 'accept') return step(request);
    return { messageId: `${this.type}-${this.requests.length}`, status: 'accepted' };
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}
