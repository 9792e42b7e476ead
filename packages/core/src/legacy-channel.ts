import type { Channel, ChannelReceipt, ChannelRequest } from './channel.ts';
import { type ChannelError, InvalidAddressError, TransientError } from './channel-errors.ts';
import { CoreErrorCode, TownKrierError } from './errors.ts';
import type { ChannelName } from './notification-channel.ts';

/** What a channel of the first TownKrier answered: a failure was an answer too. */
export interface LegacyResponse {
  readonly success: boolean;
  readonly messageId?: string;
  readonly reference?: string;
  readonly status?: string;
  readonly error?: { readonly code?: string; readonly message?: string; readonly details?: unknown };
}

/** A channel as the first TownKrier had them. */
export interface LegacyChannel {
  /** The message's fields, with the address as `to`. */
  send(request: Readonly<Record<string, unknown>>): Promise<LegacyResponse>;
  getChannelType(): ChannelName;
  isReady(): boolean;
}

/** Options of {@link adaptLegacyChannel}. */
export interface LegacyChannelOptions {
  /**
   * Says what a `{ success: false }` means. Such channels answer it for a refused connection and for a refused sender alike, so only you can tell.
   * @default a transient error, so that it is retried
   */
  readonly toError?: (response: LegacyResponse) => ChannelError;
  /** Whether repeating a send with the same reference cannot send twice. @default false */
  readonly honoursIdempotencyKey?: boolean;
}

/**
 * Makes a channel written for the first TownKrier fit: what it answered as `{ success: false }` is thrown, so it counts as failed and is retried.
 * The delivery's idempotency key is handed to it as `reference`.
 */
export function adaptLegacyChannel(
  legacy: LegacyChannel,
  options: LegacyChannelOptions = {},
): Channel<Readonly<Record<string, unknown>>, unknown> {
  const { toError = toTransientError, honoursIdempotencyKey = false } = options;
  return {
    type: legacy.getChannelType(),
    honoursIdempotencyKey,
    isReady: () => legacy.isReady(),
    parseAddress,
    parseMessage,
    async send({
      message,
      address,
      idempotencyKey,
      metadata,
    }: ChannelRequest<Readonly<Record<string, unknown>>>) {
      const response = await legacy.send({ ...message, to: address, reference: idempotencyKey, metadata });
      if (response.success !== true) throw toError(response);
      return toReceipt(response, idempotencyKey);
    },
  };
}

function toReceipt(response: LegacyResponse, idempotencyKey: string): ChannelReceipt {
  return {
    messageId: response.messageId ?? response.reference ?? idempotencyKey,
    status: response.status === 'delivered' ? 'delivered' : 'accepted',
  };
}

// The provider's own words may quote the message, so only its code is passed on.
function toTransientError({ error }: LegacyResponse): ChannelError {
  const code = error?.code;
  return new TransientError(
    `The channel answered { success: false }${code === undefined ? '' : ` with ${code}`}.`,
    {
      ...(code === undefined ? {} : { providerCode: code }),
      cause: error,
    },
  );
}

function parseAddress(address: unknown): unknown {
  if (address !== undefined && address !== null && address !== '') return address;
  throw new InvalidAddressError('The address is empty.');
}

function parseMessage(message: unknown): Readonly<Record<string, unknown>> {
  if (typeof message === 'object' && message !== null && !Array.isArray(message)) return { ...message };
  throw new TownKrierError('The message must be an object of fields.', {
    code: CoreErrorCode.MESSAGE_INVALID,
  });
}
