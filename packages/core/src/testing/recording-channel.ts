import type { Channel, ChannelReceipt } from '../channel.ts';
import type { ChannelName } from '../notification-channel.ts';

/** A channel that takes everything and sends nothing. */
export class RecordingChannel implements Channel {
  readonly type: ChannelName;
  readonly honoursIdempotencyKey = true;
  #count = 0;

  constructor(type: ChannelName) {
    this.type = type;
  }

  parseAddress(address: unknown): unknown {
    return address;
  }

  parseMessage(message: unknown): unknown {
    return message;
  }

  async send(): Promise<ChannelReceipt> {
    this.#count += 1;
    return { messageId: `fake-${this.type}-${this.#count}`, status: 'accepted' };
  }
}
