import { type Channel, type ChannelReceipt, InvalidAddressError } from '@townkrier/core';

/** What the provider does with one request. */
export type Step = Error | ChannelReceipt;

/** A provider of any channel that does what its script says, and accepts when that has ended. */
export class ScriptedChannel implements Channel {
  readonly type: string;
  readonly honoursIdempotencyKey: boolean;
  script: Step[] = [];
  /** Called with each message before it is answered. */
  onSend: () => Promise<void> = async () => {};
  sent = 0;

  constructor(type: string, honoursIdempotencyKey = true) {
    this.type = type;
    this.honoursIdempotencyKey = honoursIdempotencyKey;
  }

  parseAddress(address: unknown): unknown {
    if (address === 'invalid') throw new InvalidAddressError('There is no such address.');
    return address;
  }

  parseMessage(message: unknown): unknown {
    return message;
  }

  async send(): Promise<ChannelReceipt> {
    await this.onSend();
    const step = this.script.shift() ?? { messageId: `${this.type}-${this.sent + 1}`, status: 'accepted' };
    if (step instanceof Error) throw step;
    this.sent += 1;
    return step;
  }
}
