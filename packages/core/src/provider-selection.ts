import { callProvider } from './call-provider.ts';
import type { ChannelReceipt } from './channel.ts';
import { ChannelError, ChannelOutcome, InvalidAddressError, TransientError } from './channel-errors.ts';
import { type ChannelRegistry, isReady, type Provider } from './channel-registry.ts';
import type { CircuitPermit } from './circuit-breaker.ts';
import type { Clock } from './clock.ts';
import type { Delivery, DeliveryFailed, DeliverySent, DeliveryUnknown } from './delivery.ts';
import { abortedFailure, isPassing, retryAfterOf, toFailure } from './delivery-failure.ts';
import { CoreErrorCode, TownKrierError } from './errors.ts';

/** What choosing a provider needs to know. */
export interface ProviderSelection {
  readonly channels: ChannelRegistry;
  /** Whether another provider may be asked when one fails in passing. */
  readonly isFallbackEnabled: boolean;
  /** The only provider that may be asked. */
  readonly onlyProvider?: string | undefined;
  /** Milliseconds for each call. */
  readonly timeout: number;
  readonly clock: Clock;
  /** Awaited before each provider is called; when it throws the provider is not called. */
  readonly beforeCall: (provider: string) => Promise<void>;
}

/** What asking the providers came to. */
export type ProviderOutcome = DeliverySent | DeliveryFailed | DeliveryUnknown;

interface FailedTry {
  readonly provider: Provider;
  readonly error: TownKrierError;
  readonly wasTried: boolean;
}

/**
 * Hands a delivery to the first provider that takes it. Never rejects.
 *
 * The next provider is asked only when certainly nothing was sent and the fault may be the provider's: it was unreachable, asked to wait, rests, or is
 * not ready. Never after an unknown outcome, a permanent refusal or an invalid address.
 */
export async function sendThroughProviders(
  delivery: Delivery,
  selection: ProviderSelection,
): Promise<ProviderOutcome> {
  const candidates = candidatesFor(delivery, selection);
  if (candidates.length === 0) return toFailure(noProvider(delivery, selection));
  const failedTries: FailedTry[] = [];
  for (const provider of candidates) {
    if (delivery.signal.aborted) return abortedFailure(delivery.signal.reason);
    const outcome = await tryProvider(provider, delivery, selection);
    if ('status' in outcome) return sentOrEnded(outcome, failedTries);
    failedTries.push(outcome);
  }
  return allFailed(failedTries);
}

function candidatesFor(delivery: Delivery, selection: ProviderSelection): readonly Provider[] {
  const { channels, onlyProvider, isFallbackEnabled } = selection;
  const providers = channels.providersOf(delivery.channel);
  if (onlyProvider !== undefined) return providers.filter(({ name }) => name === onlyProvider);
  return isFallbackEnabled ? providers : providers.slice(0, 1);
}

function noProvider({ channel }: Delivery, { channels, onlyProvider }: ProviderSelection): TownKrierError {
  const which =
    onlyProvider === undefined ? '' : ` named "${onlyProvider}", which may have the message already,`;
  return channels.unknownChannel(`No provider${which} is registered for channel "${channel}".`);
}

function sentOrEnded(outcome: ProviderOutcome, failedTries: readonly FailedTry[]): ProviderOutcome {
  if (outcome.status !== 'sent' || failedTries.length === 0) return outcome;
  return {
    ...outcome,
    failedOver: failedTries.map(({ provider, error }) => ({ provider: provider.name, error })),
  };
}

/** One provider's outcome when it is final, or the failed try when the next may be asked. */
async function tryProvider(
  provider: Provider,
  delivery: Delivery,
  selection: ProviderSelection,
): Promise<ProviderOutcome | FailedTry> {
  if (!isReady(provider.channel)) return { provider, error: notReady(provider), wasTried: true };
  const permit = provider.circuit === null ? 'call' : provider.circuit.admit();
  if (permit === null) return { provider, error: resting(provider), wasTried: false };
  try {
    const receipt = await call(provider, permit, delivery, selection);
    return { status: 'sent', provider: provider.name, receipt, failedOver: [] };
  } catch (error) {
    if (!TownKrierError.is(error)) throw error;
    if (ChannelError.is(error) && isPassing(error)) return { provider, error, wasTried: true };
    const { honoursIdempotencyKey } = provider.channel;
    return toFailure(error, { provider: provider.name, honoursIdempotencyKey });
  }
}

/** Calls a provider, and tells its circuit what came of it. Throws only TownKrierErrors. */
async function call(
  { name, channel, circuit }: Provider,
  permit: CircuitPermit,
  delivery: Delivery,
  { timeout, clock, beforeCall }: ProviderSelection,
): Promise<ChannelReceipt> {
  try {
    const { idempotencyKey, attempt, notification, metadata, signal } = delivery;
    const address = parsed(() => channel.parseAddress(delivery.address), invalidAddress);
    const message = parsed(() => channel.parseMessage(delivery.message), invalidMessage);
    await announced(() => beforeCall(name));
    const request = { message, address, idempotencyKey, attempt, notification, metadata };
    const receipt = await callProvider({ provider: name, channel, request, timeout, signal, clock });
    circuit?.succeed(permit);
    return receipt;
  } catch (error) {
    if (!ChannelError.is(error)) circuit?.release(permit);
    else if (isFaultOfProvider(error)) circuit?.fail(permit);
    else circuit?.succeed(permit);
    throw error;
  }
}

function isFaultOfProvider({ outcome }: ChannelError): boolean {
  return outcome === ChannelOutcome.TRANSIENT || outcome === ChannelOutcome.UNKNOWN;
}

function parsed<Value>(parse: () => Value, wrap: (cause: unknown) => TownKrierError): Value {
  try {
    return parse();
  } catch (error) {
    throw TownKrierError.is(error) ? error : wrap(error);
  }
}

async function announced(announce: () => Promise<void>): Promise<void> {
  try {
    await announce();
  } catch (error) {
    // Whatever it is, it is no outcome of the provider: that was not called, and may be once the store is well again.
    throw notAnnounced(error);
  }
}

function allFailed(failedTries: readonly FailedTry[]): DeliveryFailed | DeliveryUnknown {
  const tried = failedTries.filter(({ wasTried }) => wasTried);
  const { error, provider } = (tried.at(-1) ?? failedTries.at(-1)) as FailedTry; // never called without a try
  const waits = failedTries.map((failed) => retryAfterOf(failed.error));
  const { retryAfterMs: _own, ...failure } = {
    retryAfterMs: 0,
    ...toFailure(error, { provider: provider.name }),
  };
  // Waiting makes sense only when each provider says how long: otherwise one of them may take it sooner.
  const known = waits.filter((wait) => wait !== undefined);
  const retryAfter = known.length === waits.length ? { retryAfterMs: Math.min(...known) } : {};
  return tried.length === 0 && failure.status === 'failed'
    ? { ...failure, ...retryAfter, wasTried: false }
    : { ...failure, ...retryAfter };
}

function notReady({ name }: Provider): TownKrierError {
  return new TownKrierError(`Provider "${name}" says it is not ready to send. Check its configuration.`, {
    code: CoreErrorCode.CHANNEL_NOT_READY,
  });
}

function resting({ name, circuit }: Provider): TransientError {
  const retryAfterMs = circuit?.retryAfterMs ?? 0;
  return new TransientError(
    `Provider "${name}" failed several times in a row and rests; it is tried again in ${retryAfterMs} ms.`,
    { provider: name, retryAfterMs },
  );
}

function invalidAddress(cause: unknown): TownKrierError {
  return new InvalidAddressError('The address is not one the channel understands; see the cause.', { cause });
}

function invalidMessage(cause: unknown): TownKrierError {
  return new TownKrierError('The message is not one the channel understands; see the cause.', {
    code: CoreErrorCode.MESSAGE_INVALID,
    cause,
  });
}

function notAnnounced(cause: unknown): TownKrierError {
  const why = TownKrierError.is(cause) ? `: ${cause.message}` : '; see the cause.';
  return new TownKrierError(`The provider was not called because onSending failed${why}`, {
    code: CoreErrorCode.SEND_ABORTED,
    cause,
  });
}
