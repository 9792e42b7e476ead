import type { Channel, ChannelReceipt } from '@townkrier/core';

/** A channel for e-mail that does what a test says. */
export function emailChannel(
  send: () => Promise<ChannelReceipt> = async () => ({ messageId: 'm', status: 'accepted' }),
): Channel {
  return {
    type: 'email',
    honoursIdempotencyKey: true,
    parseAddress: (address) => address,
    parseMessage: (message) => message,
    send,
  };
}
