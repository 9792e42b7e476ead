import type { Channel } from '../channel.ts';

/** What the provider behind a channel can be told to do with the requests that come next. */
export const ProviderBehaviour = {
  /** Takes them. */
  ACCEPT: 'accept',
  /** Refuses them for good: a wrong sender, say. */
  REJECT: 'reject',
  /** Refuses them for now: overloaded. Nothing is sent. */
  FAIL: 'fail',
  /** Asks to wait {@link ChannelHarness.retryAfterMs} milliseconds. */
  RATE_LIMIT: 'rate-limit',
  /** Says that the address does not exist. */
  REFUSE_ADDRESS: 'refuse-address',
  /** Takes the request and never answers. */
  HANG: 'hang',
  /** Takes the request and cuts the connection without an answer. */
  CUT: 'cut',
} as const;
export type ProviderBehaviour = (typeof ProviderBehaviour)[keyof typeof ProviderBehaviour];

/** What reached the provider, read past the channel. */
export interface ReceivedRequest {
  /** The idempotency key that came with it, if any. */
  readonly idempotencyKey?: string | undefined;
}

/** A message or an address that tries to smuggle something in: a header, a second recipient. */
export interface InjectionAttempt {
  /** What it tries, for the report. */
  readonly what: string;
  /** @default the harness's message */
  readonly message?: unknown;
  /** @default the harness's address */
  readonly address?: unknown;
}

/** A channel under test with a provider that does as it is told: best a real server on loopback. One for each case. */
export interface ChannelHarness {
  readonly channel: Channel;
  /** As an app gives it, valid. */
  readonly address: unknown;
  /** As an app's `toX` returns it, valid. */
  readonly message: unknown;
  /** What `parseAddress` has to refuse. */
  readonly malformedAddresses: readonly unknown[];
  /** What `parseMessage` has to refuse. */
  readonly malformedMessages: readonly unknown[];
  /** Empty where nothing can be smuggled. */
  readonly injections: readonly InjectionAttempt[];
  /** Texts that no error may contain: the API key, the message's body, the address. */
  readonly secrets: readonly string[];
  /** What the provider asks for under `rate-limit`. Whole seconds, at least 1000. */
  readonly retryAfterMs: number;
  /** From the next request on. */
  behave(behaviour: ProviderBehaviour): void | Promise<void>;
  /** What has reached the provider so far, also what it refused or never answered. */
  received(): readonly ReceivedRequest[] | Promise<readonly ReceivedRequest[]>;
  /** Frees everything, also when requests still hang. */
  close(): Promise<void>;
}
