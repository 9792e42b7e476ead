import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Channel, ChannelReceipt, ChannelRequest } from './channel.ts';
import { ChannelError, UnknownOutcomeError } from './channel-errors.ts';
import type { Clock } from './clock.ts';

/** One call of a provider. */
export interface ProviderCall {
  readonly provider: string;
  readonly channel: Channel;
  readonly request: Omit<ChannelRequest, 'signal'>;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/**
 * Calls the provider and makes sure that something comes of it in time.
 *
 * On timeout, and when `signal` aborts, the signal the channel got aborts. A channel that answers at once has its say (it may know that nothing went
 * out); one that doesn't is left behind, and its outcome is unknown.
 *
 * @throws {ChannelError} one of the five outcomes; a plain error from the channel becomes an unknown outcome.
 */
export async function callProvider(call: ProviderCall): Promise<ChannelReceipt> {
  const { provider, timeout, signal, clock } = call;
  const controller = new AbortController();
  let interrupt: (error: UnknownOutcomeError) => void = () => undefined;
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = (error) => {
      controller.abort(error);
      nextTurn().then(() => reject(error), reject);
    };
  });
  const onAbort = (): void =>
    interrupt(unknown(provider, 'was interrupted before it answered', signal.reason));
  const timer = clock.schedule(
    () => interrupt(unknown(provider, `did not answer within ${timeout} ms`)),
    timeout,
  );
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([ask(call, controller.signal), interrupted]);
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', onAbort);
  }
}

async function ask(
  { provider, channel, request }: ProviderCall,
  signal: AbortSignal,
): Promise<ChannelReceipt> {
  let receipt: unknown;
  try {
    receipt = await channel.send({ ...request, signal });
  } catch (error) {
    if (ChannelError.is(error)) throw error;
    throw unknown(provider, 'threw an error that does not say whether it sent', error);
  }
  if (isReceipt(receipt)) return receipt;
  throw unknown(provider, 'resolved without a receipt ({ messageId, status })');
}

function isReceipt(value: unknown): value is ChannelReceipt {
  return (
    typeof value === 'object' &&
    value !== null &&
    'messageId' in value &&
    typeof value.messageId === 'string' &&
    'status' in value &&
    (value.status === 'accepted' || value.status === 'delivered')
  );
}

function unknown(provider: string, what: string, cause?: unknown): UnknownOutcomeError {
  return new UnknownOutcomeError(
    `Provider "${provider}" ${what}: nobody knows whether the message was sent.`,
    {
      provider,
      cause,
    },
  );
}
