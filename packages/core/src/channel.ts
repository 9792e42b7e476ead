import type { ChannelName } from './notification-channel.ts';

/** What a provider is handed: one message to one address. */
export interface ChannelRequest<Message = unknown, Address = unknown> {
  readonly message: Message;
  readonly address: Address;
  /** 43 url-safe characters, the same for every attempt of this delivery, also after a crash or a replay. Hand it to the provider if it takes one. */
  readonly idempotencyKey: string;
  /** Aborts on timeout, on cancel and on shutdown. Pass it to `fetch`. */
  readonly signal: AbortSignal;
  /** 1 on the first try. */
  readonly attempt: number;
  readonly notification: { readonly id: string; readonly type: string };
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What a provider answered once it took responsibility for a message. */
export interface ChannelReceipt {
  /** The provider's name for the message, to find it there. */
  readonly messageId: string;
  /** `accepted`: the provider will try. `delivered`: it is known to have arrived. */
  readonly status: 'accepted' | 'delivered';
  /** Small and free of secrets: it is stored with the job. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * One provider of one channel: the contract every channel package fulfils, checked by `channelConformance` of `@townkrier/core/testing`.
 *
 * `send` resolves only when the provider took the message. Everything else is thrown, as one of the five outcome errors of
 * `channel-errors.ts`; a plain error counts as an unknown outcome once `send` was called, because nobody can tell what the provider did.
 */
export interface Channel<Message = unknown, Address = unknown> {
  /** The kind of way it carries: `email`, `sms`, … */
  readonly type: ChannelName;
  /** Whether repeating a request with the same idempotency key cannot send twice. Decides whether an unknown outcome may be retried. */
  readonly honoursIdempotencyKey: boolean;
  /**
   * Turns what the recipient gave into an address this provider can use.
   * @throws {InvalidAddressError} when it cannot be one.
   */
  parseAddress(address: unknown): Address;
  /**
   * Checks a rendered message.
   * @throws {TownKrierError} `MESSAGE_INVALID`, naming the field.
   */
  parseMessage(message: unknown): Message;
  /** Sends one message. Concurrent calls are normal. */
  send(request: ChannelRequest<Message, Address>): Promise<ChannelReceipt>;
  /** Whether it is configured to send; checked before each delivery. Absent means yes. */
  isReady?(): boolean;
  /** Ends pooled connections. Idempotent. */
  close?(): Promise<void>;
}

/** Builds a channel from its entry in the manager's configuration. Throws `CONFIG_INVALID` on bad configuration. */
export type ChannelFactory<Config = Record<string, unknown>> = (config: Config) => Channel;
